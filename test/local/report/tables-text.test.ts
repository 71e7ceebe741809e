import assert from 'node:assert/strict'
import type { TableStatus, TablesStatus } from '../../../functions/iceberg/status.ts'
import { renderTables } from '../../../functions/local/report/tables-text.ts'

const NONE: TablesStatus = { tables: [], damaged: [], isBuilt: true, queued: 0, leftOut: [] }

describe('the text of the tables', () => {
  it('says how far they are behind', () => {
    assert.match(renderTables('data', NONE), /^No tables in data\.\n\nTables: up to date with the manifests\.\n$/)
    assert.match(
      renderTables('data', { ...NONE, queued: 2 }),
      /Tables: 2 venue-days written since: tick-handler table refresh/,
    )
    assert.match(
      renderTables('data', { ...NONE, isBuilt: false }),
      /Tables: not complete yet: tick-handler table refresh/,
    )
  })

  it('says how many copies of replaced files are kept, and until when', () => {
    const table = {
      ...{ dataType: 'trades', location: '/t', version: 1, snapshotId: 1, snapshots: 1, refreshedAt: 'then' },
      ...{ files: 1, rows: 1, bytes: 1, metadataBytes: 1, venues: [] },
    }
    const textOf = (copies: TableStatus['copies']) =>
      renderTables('data', { ...NONE, tables: [{ ...table, ...(copies && { copies }) }] })
    assert.doesNotMatch(textOf(undefined), /cop/)
    assert.match(
      textOf({ files: 1, bytes: 9 }),
      /^ {2}1 copy of replaced files, 9 B: named by the table until the venue-day is complete again$/m,
    )
    assert.match(
      textOf({ files: 2, bytes: 9, keptUntil: 'noon' }),
      /^ {2}2 copies of replaced files, 9 B: kept until the first refresh after noon$/m,
    )
  })

  it('names tables that cannot be read', () => {
    const damaged = [{ dataType: 'trades', fault: 'v1.metadata.json is damaged' }]
    assert.match(renderTables('data', { ...NONE, damaged }), /^trades: cannot be read: v1\.metadata\.json is damaged\n/)
  })

  it('names stored files that are in no table, ten of them', () => {
    const objects = Array.from({ length: 12 }, (_, at) => ({ object: `o${at}`, reason: 'odd' }))
    const one = renderTables('data', { ...NONE, leftOut: [{ venue: 'v', date: 'd', objects: objects.slice(0, 1) }] })
    assert.match(one, /^1 stored file is in no table:\n {2}o0: odd\n\nTables/m)
    const all = renderTables('data', { ...NONE, leftOut: [{ venue: 'v', date: 'd', objects }] })
    assert.match(
      all,
      /^12 stored files are in no table:\n {2}o0: odd\n(?: {2}o\d: odd\n)+ {2}o9: odd\n {2}and 2 more files\n/m,
    )
  })
})
