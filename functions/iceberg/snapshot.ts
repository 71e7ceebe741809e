import { createHash } from 'node:crypto'
import { compareText } from '../market/items.ts'
import type { ListedManifest } from './manifest-list.ts'
import type { Snapshot, Summary, Table } from './table-metadata.ts'

/** What a venue-day has in a table: its manifest file, the bytes of its data files, and how many of them are copies. */
export interface DayEntry {
  readonly listed: ListedManifest
  readonly bytes: number
  readonly copies: number
}

/** A venue-day that changes. `before`: undefined where the table did not have it; `after`: where it no longer does. */
export interface DayChange {
  readonly before?: DayEntry | undefined
  readonly after?: DayEntry | undefined
}

export function dayKey({ exchange, day }: Pick<ListedManifest, 'exchange' | 'day'>): string {
  return `${exchange} ${day}`
}

/** The manifest files of the next snapshot, in order of venue and day. */
export function changedManifests(
  present: readonly ListedManifest[],
  changes: ReadonlyMap<string, DayChange>,
): ListedManifest[] {
  const kept = present.filter(manifest => !changes.has(dayKey(manifest)))
  const added = [...changes.values()].flatMap(({ after }) => (after ? [after.listed] : []))
  return [...kept, ...added].sort((a, b) => compareText(a.exchange, b.exchange) || a.day - b.day)
}

/**
 * A snapshot's id, from what it is made of: two writers that make the same change to the same state make the same snapshot.
 * 52 bits, because readers in JavaScript take it for a number. Never 0.
 */
export function snapshotIdOf(
  table: Pick<Table, 'uuid' | 'snapshots'>,
  sequenceNumber: number,
  manifestNames: readonly string[],
): number {
  const text = JSON.stringify([table.uuid, table.snapshots.at(-1)?.snapshotId ?? null, sequenceNumber, manifestNames])
  const hash = createHash('sha256').update(text).digest('hex')
  return Number.parseInt(hash.slice(0, 13), 16) || 1
}

export function summaryOf(before: Snapshot | undefined, changes: ReadonlyMap<string, DayChange>): Summary {
  const sums = {
    addedFiles: 0,
    addedRows: 0,
    addedBytes: 0,
    deletedFiles: 0,
    deletedRows: 0,
    deletedBytes: 0,
    copies: 0,
  }
  for (const { before, after } of changes.values()) {
    sums.addedFiles += after?.listed.files ?? 0
    sums.addedRows += after?.listed.rows ?? 0
    sums.addedBytes += after?.bytes ?? 0
    sums.deletedFiles += before?.listed.files ?? 0
    sums.deletedRows += before?.listed.rows ?? 0
    sums.deletedBytes += before?.bytes ?? 0
    sums.copies += (after?.copies ?? 0) - (before?.copies ?? 0)
  }
  const { addedFiles, addedRows, deletedFiles, deletedRows } = sums
  const { files = 0, rows = 0, bytes = 0, copies = 0 } = before?.summary ?? {}
  return {
    operation: operationOf(addedFiles, deletedFiles),
    ...{ addedFiles, addedRows, deletedFiles, deletedRows },
    files: files + addedFiles - deletedFiles,
    rows: rows + addedRows - deletedRows,
    bytes: bytes + sums.addedBytes - sums.deletedBytes,
    ...(copies + sums.copies > 0 && { copies: copies + sums.copies }),
  }
}

function operationOf(addedFiles: number, deletedFiles: number): Summary['operation'] {
  if (deletedFiles === 0) return 'append'
  return addedFiles === 0 ? 'delete' : 'overwrite'
}
