import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeManifestFile } from '../../../functions/iceberg/manifest-file.ts'
import { decodeManifestList } from '../../../functions/iceberg/manifest-list.ts'
import { decodeTableMetadata, type Snapshot } from '../../../functions/iceberg/table-metadata.ts'
import type { Manifest } from '../../../functions/ledger/manifest.ts'

/** A stored file: what a reader gets from it, and what its manifest says of it. */
export interface StoredFile {
  readonly sha256: string
  readonly rows: number
}

/** The stored files of a venue-day as one undisturbed download makes them, by object name. */
export type Version = ReadonlyMap<string, StoredFile>

const sha256Of = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

/** What is recorded in a folder with one complete venue-day. */
export function readVersion(folder: string): Version {
  const [name] = globSync('_ledger/venue=*/date=*/manifest.json', { cwd: folder })
  const { items } = JSON.parse(readFileSync(join(folder, name!), 'utf8')) as Manifest
  return new Map(
    items.flatMap(item =>
      item.object === undefined
        ? []
        : [[item.object, { sha256: sha256Of(join(folder, item.object)), rows: item.rows! }] as const],
    ),
  )
}

/**
 * Looks at a folder as those who read files by a glob: each item is there once, whole, in one of the versions.
 * @returns how many items are as in each version. Items without rows are the same in all.
 */
export function lookAtFiles(folder: string, versions: readonly Version[]): number[] {
  const names = globSync('ticks/**/*.parquet', { cwd: folder })
  assert.deepEqual(names.sort(), [...versions[0]!.keys()].sort(), 'a glob finds other files than one of each item')
  const counts = versions.map(() => 0)
  for (const name of names) {
    const sha256 = sha256Of(join(folder, name))
    const isIn = versions.map(version => version.get(name)?.sha256 === sha256)
    assert.ok(isIn.includes(true), `${name} is in no version`)
    for (const [at, is] of isIn.entries()) counts[at]! += Number(is)
  }
  return counts
}

/**
 * Looks at a table as readers do that begin now, by the hint alone or by the newest version, and at each snapshot that is
 * kept: every file that one names is there, as it says, and all are of one version.
 * @returns the versions that the newest snapshot may show: several where they have the same rows, none where it is empty
 */
export function lookAtTable(folder: string, dataType: string, versions: readonly Version[]): readonly number[] {
  const metadata = join(folder, `_iceberg/${dataType}/metadata`)
  const nameOf = (version: number) => join(metadata, `v${version}.metadata.json`)
  const snapshotsOf = (version: number) => decodeTableMetadata('table', bytesOf(nameOf(version))).snapshots
  let version = Number(bytesOf(join(metadata, 'version-hint.text')).toString())
  const hinted = snapshotsOf(version).at(-1)
  if (hinted) readSnapshot(hinted, dataType, versions)
  while (existsSync(nameOf(version + 1))) version += 1
  const shown = snapshotsOf(version).map(snapshot => readSnapshot(snapshot, dataType, versions))
  return shown.at(-1) ?? []
}

function readSnapshot({ manifestListUri }: Snapshot, dataType: string, versions: readonly Version[]) {
  const found = new Map<string, StoredFile>()
  for (const { uri } of decodeManifestList(bytesOf(manifestListUri))) {
    for (const file of decodeManifestFile(bytesOf(uri))) {
      assert.equal(bytesOf(file.uri).length, file.bytes, `a table names ${file.uri}, which has another size`)
      const name = `ticks/data_type=${dataType}${file.uri.slice(file.uri.indexOf('/venue='))}`
      assert.ok(!found.has(name), `a snapshot names ${name} twice`)
      found.set(name, { sha256: sha256Of(file.uri), rows: file.rows })
    }
  }
  if (found.size === 0) return []
  const shown = [...versions.keys()].filter(at => isSame(found, versions[at]!, dataType))
  assert.ok(shown.length > 0, `a snapshot of ${dataType} shows no version: ${JSON.stringify([...found])}`)
  return shown
}

/** Files without rows are in no table. */
function isSame(found: Version, version: Version, dataType: string): boolean {
  const expected = [...version].filter(([name, { rows }]) => name.includes(`data_type=${dataType}/`) && rows > 0)
  return (
    expected.length === found.size &&
    expected.every(([name, { sha256, rows }]) => {
      const file = found.get(name)
      return file?.sha256 === sha256 && file.rows === rows
    })
  )
}

function bytesOf(path: string): Buffer {
  assert.ok(existsSync(path), `a reader looks for ${path}, which is not there`)
  return readFileSync(path)
}
