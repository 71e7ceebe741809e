import assert from 'node:assert/strict'
import { tableColumns } from '../../functions/iceberg/columns.ts'
import { changedManifests, snapshotIdOf, summaryOf } from '../../functions/iceberg/snapshot.ts'
import { encodeTableMetadata, type Snapshot, type Table } from '../../functions/iceberg/table-metadata.ts'

const SUMMARY = { operation: 'append', addedFiles: 1, addedRows: 7, deletedFiles: 0, deletedRows: 0 } as const
const snapshotOf = (snapshotId: number): Snapshot => ({
  ...{ snapshotId, sequenceNumber: snapshotId, timestampMs: 100 + snapshotId, schemaId: 3 },
  ...{ manifestListUri: `l${snapshotId}`, summary: { ...SUMMARY, files: 1, rows: 7, bytes: 2000 } },
})
const columns = tableColumns('trades')
const TABLE: Table = {
  ...{ uuid: 'u', location: '/lake/trades', lastUpdatedMs: 102, lastSequenceNumber: 2 },
  schemas: [
    { schemaId: 0, columns: columns.slice(0, -1) },
    { schemaId: 3, columns },
  ],
  snapshots: [snapshotOf(1), snapshotOf(2)],
  earlier: [{ uri: 'v1', timestampMs: 101 }],
}
const documentOf = (table: Table) => JSON.parse(String(encodeTableMetadata(table)))

describe('the document of a table', () => {
  it('names the last schema and snapshot as the current ones, and the history of both', () => {
    const document = documentOf(TABLE)
    assert.deepEqual([document['current-schema-id'], document['current-snapshot-id']], [3, 2])
    assert.deepEqual(document.refs, { main: { 'snapshot-id': 2, type: 'branch' } })
    assert.deepEqual(document['snapshot-log'], [
      { 'snapshot-id': 1, 'timestamp-ms': 101 },
      { 'snapshot-id': 2, 'timestamp-ms': 102 },
    ])
    assert.deepEqual(document['metadata-log'], [{ 'metadata-file': 'v1', 'timestamp-ms': 101 }])
    assert.equal(document.schemas.length, 2)
  })

  it('has no current snapshot where it has none', () => {
    const document = documentOf({ ...TABLE, snapshots: [] })
    assert.deepEqual([document['current-snapshot-id'], document.refs, document['snapshot-log']], [-1, {}, []])
  })

  it('has one partition spec, whose highest id it names, and no order', () => {
    const document = documentOf(TABLE)
    const [spec, ...more] = document['partition-specs']
    assert.deepEqual([more, spec['spec-id'], document['default-spec-id']], [[], 0, 0])
    const ids = spec.fields.map((field: { 'field-id': number }) => field['field-id'])
    assert.equal(document['last-partition-id'], Math.max(...ids))
    assert.ok(ids.length > 1 && Math.min(...ids) < Math.max(...ids))
    assert.deepEqual(document['sort-orders'], [{ 'order-id': 0, fields: [] }])
  })
})

describe('the next snapshot', () => {
  const listed = (exchange: string, day: number, uri = 'm') => ({
    ...{ exchange, day, uri, bytes: 9, files: 2, rows: 5, snapshotId: 1, sequenceNumber: 1 },
  })

  it('has its manifest files in order of venue and day, with those that changed', () => {
    const before = { listed: listed('b', 2), bytes: 10, copies: 0 }
    const changes = new Map([
      ['b 2', { before, after: { ...before, listed: listed('b', 2, 'new') } }],
      ['a 9', { after: { ...before, listed: listed('a', 9) } }],
      ['b 3', { before: { ...before, listed: listed('b', 3) } }],
    ])
    const next = changedManifests([listed('b', 1), listed('b', 2), listed('b', 3), listed('c', 0)], changes)
    assert.deepEqual(
      next.map(({ exchange, day, uri }) => `${exchange} ${day} ${uri}`),
      ['a 9 m', 'b 1 m', 'b 2 new', 'c 0 m'],
    )
  })

  it('has an id of its own for each table, parent, number and content', () => {
    const ids = [
      snapshotIdOf(TABLE, 3, ['m']),
      snapshotIdOf({ ...TABLE, uuid: 'v' }, 3, ['m']),
      snapshotIdOf({ ...TABLE, snapshots: [snapshotOf(1)] }, 3, ['m']),
      snapshotIdOf({ ...TABLE, snapshots: [] }, 3, ['m']),
      snapshotIdOf(TABLE, 4, ['m']),
      snapshotIdOf(TABLE, 3, ['n']),
    ]
    assert.equal(new Set(ids).size, ids.length)
    assert.equal(snapshotIdOf(TABLE, 3, ['m']), ids[0])
    assert.ok(ids.every(id => Number.isSafeInteger(id) && id > 0 && id < 2 ** 52))
  })

  it('adds up what it adds and deletes, and counts copies only where there are some', () => {
    const entry = (copies: number) => ({ listed: listed('a', 1), bytes: 10, copies })
    const first = { ...snapshotOf(1), summary: { ...SUMMARY, files: 4, rows: 10, bytes: 100, copies: 1 } }
    const sums = { addedFiles: 2, addedRows: 5, deletedFiles: 2, deletedRows: 5, files: 4, rows: 10, bytes: 100 }
    const overwrite = { operation: 'overwrite', ...sums }
    const change = (before: number, after: number) => new Map([['a 1', { before: entry(before), after: entry(after) }]])
    assert.deepEqual(summaryOf(first, change(0, 2)), { ...overwrite, copies: 3 })
    assert.deepEqual(summaryOf(first, change(1, 0)), overwrite)
    const deleted = summaryOf(first, new Map([['a 1', { before: entry(0) }]]))
    assert.deepEqual([deleted.operation, deleted.files, deleted.rows, deleted.bytes], ['delete', 2, 5, 90])
    assert.equal(summaryOf(undefined, new Map([['a 1', { after: entry(0) }]])).operation, 'append')
  })
})
