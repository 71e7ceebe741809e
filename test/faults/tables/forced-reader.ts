import assert from 'node:assert/strict'
import { decodeManifestFile } from '../../../functions/iceberg/manifest-file.ts'
import { decodeManifestList } from '../../../functions/iceberg/manifest-list.ts'
import { decodeTableMetadata, type Snapshot } from '../../../functions/iceberg/table-metadata.ts'
import { type Day, objectOf, rowsOf, SYMBOLS, type Version } from './forced-day.ts'
import type { Contents } from './reader.ts'

const FOLDER = '_iceberg/trades/metadata/'
const ROOT = 'gs://lake/'

/**
 * Looks at the table as readers do that begin now: by the hint alone, or by the newest version, and at each snapshot that
 * is kept. Every file is there and has the rows and the size that the table says. The newest snapshot shows each venue-day
 * as it was when it was complete, and no earlier state than before.
 */
export function lookAtTable(contents: Contents, days: readonly Day[], { isAtRest = false } = {}): void {
  for (const day of days) {
    for (const symbol of SYMBOLS)
      assert.ok(contents.has(objectOf(day, symbol)), `${symbol} of ${day.date} is not there`)
  }
  const hint = contents.get(`${FOLDER}version-hint.text`)
  if (!hint) return
  let version = Number(Buffer.from(hint).toString())
  const hinted = snapshotsOf(contents, version).at(-1)
  if (hinted) readSnapshot(contents, hinted)
  while (contents.has(nameOf(version + 1))) version += 1
  let shown: ReadonlyMap<string, Version> = new Map()
  for (const snapshot of snapshotsOf(contents, version)) shown = readSnapshot(contents, snapshot)
  for (const day of days) lookAtDay(day, shown.get(day.date), isAtRest)
}

function nameOf(version: number): string {
  return `${FOLDER}v${version}.metadata.json`
}

function snapshotsOf(contents: Contents, version: number): readonly Snapshot[] {
  return decodeTableMetadata('table', bytesOf(contents, nameOf(version))).snapshots
}

/** The rows of each venue-day's files, each compared with what is stored. */
function readSnapshot(contents: Contents, { manifestListUri }: Snapshot): Map<string, Version> {
  const days = new Map<string, Map<string, number>>()
  for (const { uri } of decodeManifestList(bytesOf(contents, manifestListUri.slice(ROOT.length)))) {
    for (const file of decodeManifestFile(bytesOf(contents, uri.slice(ROOT.length)))) {
      const data = bytesOf(contents, file.uri.slice(ROOT.length))
      const found = `${rowsOf(data)} rows in ${data.length} bytes`
      assert.equal(found, `${file.rows} rows in ${file.bytes} bytes`, `a table names ${file.uri}, which was replaced`)
      const [, date = '', symbol = ''] = /date=(.*)\/(.*)\.parquet$/.exec(file.uri)!
      days.set(date, (days.get(date) ?? new Map<string, number>()).set(symbol, file.rows))
    }
  }
  return days
}

function lookAtDay(day: Day, files: Version | undefined, isAtRest: boolean): void {
  if (files === undefined && day.shown === undefined && !isAtRest) return
  const found = day.recorded.findIndex((version, at) => at >= (day.shown ?? 0) && isSame(version, files))
  assert.ok(found >= 0, `the table shows a state of ${day.date} that is none, a mixture, or an older one`)
  if (isAtRest) assert.ok(isSame(day.recorded.at(-1), files), `${day.date} is lost`)
  day.shown = found
}

function isSame(a: Version | undefined, b: Version | undefined): boolean {
  return a !== undefined && b !== undefined && a.size === b.size && [...a].every(([name, rows]) => b.get(name) === rows)
}

function bytesOf(contents: Contents, name: string): Buffer {
  const data = contents.get(name)
  assert.ok(data, `a reader looks for ${name}, which is not there`)
  return Buffer.from(data)
}
