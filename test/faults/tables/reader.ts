import assert from 'node:assert/strict'
import { decodeManifestFile } from '../../../functions/iceberg/manifest-file.ts'
import { decodeManifestList } from '../../../functions/iceberg/manifest-list.ts'
import { decodeTableMetadata, type Snapshot } from '../../../functions/iceberg/table-metadata.ts'

/** What is stored, by name. */
export type Contents = ReadonlyMap<string, Uint8Array>

/** The rows of each file, by venue-day's folder and file: what a snapshot shows of its days. */
export type ShownDays = ReadonlyMap<string, ReadonlyMap<string, number>>

export interface ShownTable {
  readonly version: number
  readonly snapshots: readonly Snapshot[]
  readonly days: ShownDays
}

/**
 * Reads a table as an engine does: the hint, then the versions after it, then all that each kept snapshot names.
 * Undefined where there is no table yet.
 * @throws AssertionError where something that is named is not there
 */
export function readTable(contents: Contents, dataType: string, root = 'gs://lake/'): ShownTable | undefined {
  const folder = `_iceberg/${dataType}/metadata/`
  const nameOf = (version: number) => `${folder}v${version}.metadata.json`
  const hint = contents.get(`${folder}version-hint.text`)
  let version = hint ? Number(Buffer.from(hint).toString()) : 1
  if (!hint && !contents.has(nameOf(1))) return undefined
  assert.ok(contents.has(nameOf(version)), `the hint names version ${version}, which is not there`)
  while (contents.has(nameOf(version + 1))) version += 1
  const { snapshots } = decodeTableMetadata('table', contents.get(nameOf(version))!)
  const shown = snapshots.map(snapshot => readSnapshot(contents, root, snapshot))
  return { version, snapshots, days: shown.at(-1)! }
}

function readSnapshot(contents: Contents, root: string, { manifestListUri, summary }: Snapshot): ShownDays {
  const days = new Map<string, Map<string, number>>()
  let rows = 0
  for (const listed of decodeManifestList(bytesOf(contents, root, manifestListUri))) {
    const data = bytesOf(contents, root, listed.uri)
    assert.equal(listed.bytes, data.length, `${listed.uri}: another length than its list says`)
    for (const file of decodeManifestFile(data)) {
      const [, day = '', name = ''] = /(venue=.*\/date=[^/]*)\/(.*)$/.exec(file.uri) ?? []
      const files = days.get(day) ?? new Map<string, number>()
      assert.ok(!files.has(name), `${file.uri} is named twice`)
      days.set(day, files.set(name, file.rows))
      rows += file.rows
    }
  }
  assert.equal(rows, summary.rows, 'a snapshot counts other rows than its files have')
  return days
}

function bytesOf(contents: Contents, root: string, uri: string): Buffer {
  const data = contents.get(uri.slice(root.length))
  assert.ok(data, `a table names ${uri}, which is not there`)
  return Buffer.from(data)
}
