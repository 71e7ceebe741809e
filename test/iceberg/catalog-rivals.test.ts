import assert from 'node:assert/strict'
import type { Loaded } from '../../functions/iceberg/catalog.ts'
import { tableColumns } from '../../functions/iceberg/columns.ts'
import { createFileCatalog, removeObject, versionOf } from '../../functions/iceberg/file-catalog.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import { encodeTableMetadata, type Snapshot, type Table } from '../../functions/iceberg/table-metadata.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { PREFIX } from './lake.ts'

const FOLDER = '_iceberg/trades/metadata/'
const HINT = `${FOLDER}version-hint.text`
const SUMMARY = { operation: 'append', addedFiles: 1, addedRows: 1, deletedFiles: 0, deletedRows: 0 } as const

function tableWith(...snapshotIds: number[]): Table {
  const snapshots = snapshotIds.map((snapshotId): Snapshot => {
    const made = { snapshotId, sequenceNumber: snapshotId, timestampMs: snapshotId, schemaId: 0 }
    return { ...made, manifestListUri: 'gs://lake/list', summary: { ...SUMMARY, files: 1, rows: 1, bytes: 1 } }
  })
  const schemas = [{ schemaId: 0, columns: tableColumns('trades') }]
  const state = { lastUpdatedMs: 1, lastSequenceNumber: snapshots.length, snapshots, earlier: [] }
  return { uuid: 'u', location: 'gs://lake/_iceberg/trades', schemas, ...state }
}

describe('a catalog of files, beside rivals', () => {
  let bucket: MemoryBucket
  beforeEach(() => {
    bucket = new MemoryBucket()
  })

  const catalog = (maxEarlier = 100) => createFileCatalog(bucket, PREFIX, placeAt('gs://lake'), { maxEarlier })
  const hint = () => Buffer.from(bucket.contents().get(HINT)!).toString()
  const plantHint = (text: string) => bucket.plant(HINT, Buffer.from(text), '7')
  const plantVersion = (version: number, table: Table) =>
    bucket.plant(`${FOLDER}v${version}.metadata.json`, encodeTableMetadata(table), String(version))
  const loaded = (version: number, table: Table): Loaded => ({ version, table })

  /** Commits on version 1 while a rival that has seen the new version commits the next one before the hint is read. */
  async function overtaken(rival: Table) {
    await catalog().commit('trades', undefined, tableWith(1))
    const base = await catalog().load('trades')
    bucket.hook = async ({ operation, name, when }) => {
      if (operation !== 'write' || when !== 'after' || !name.endsWith('v2.metadata.json')) return
      bucket.hook = undefined
      plantVersion(3, rival)
      plantHint('3')
    }
    return catalog().commit('trades', base, tableWith(1, 2, 5))
  }

  it('counts a commit that others have built on meanwhile', async () => {
    assert.equal(await overtaken(tableWith(1, 2, 5, 6)), 'committed')
    assert.equal(hint(), '3')
  })

  it('does not count one that the newest state does not have, or has under another identity', async () => {
    assert.equal(await overtaken(tableWith(1, 2, 6)), 'conflict')
    bucket = new MemoryBucket()
    assert.equal(await overtaken({ ...tableWith(1, 2, 5, 6), uuid: 'v' }), 'conflict')
  })

  it('raises the hint again where another writer has changed it, and gives up after 8 times', async () => {
    for (const [rivals, expected] of [
      [1, '2'],
      [8, '1'],
    ] as const) {
      bucket = new MemoryBucket()
      await catalog().commit('trades', undefined, tableWith(1))
      const base = await catalog().load('trades')
      let tries = 0
      bucket.hook = ({ operation, name, when }) => {
        if (operation !== 'write' || name !== HINT || when !== 'before') return
        tries += 1
        if (tries <= rivals) bucket.plant(HINT, Buffer.from('1'), String(100 + tries))
      }
      assert.equal(await catalog().commit('trades', base, tableWith(1, 2)), 'committed')
      bucket.hook = undefined
      assert.deepEqual([hint(), tries], [expected, Math.min(rivals + 1, 8)])
      assert.equal((await catalog().load('trades'))!.version, 2)
    }
  })

  it('leaves a hint that is higher as it is, also with a newline, and replaces one that is no number', async () => {
    for (const [text, expected] of [
      ['3', '3'],
      ['12\n', '12\n'],
      ['x3', '2'],
      ['3x', '2'],
      ['0', '2'],
    ] as const) {
      bucket = new MemoryBucket()
      plantVersion(1, tableWith(1))
      plantVersion(Number.parseInt(text, 10) || 3, tableWith(1, 9))
      plantHint(text)
      await catalog().commit('trades', loaded(1, tableWith(1)), tableWith(1, 2))
      assert.equal(hint(), expected, text)
    }
  })

  it('loads the highest version where the hint is no number', async () => {
    plantVersion(10, tableWith(1, 10))
    plantVersion(2, tableWith(1, 2))
    for (const text of ['x2', '2x', '']) {
      plantHint(text)
      assert.equal((await catalog().load('trades'))!.version, 10, text)
    }
  })

  it('reads the hint 8 times where it names a version that is not there', async () => {
    plantHint('4')
    let reads = 0
    bucket.hook = ({ name, when }) => {
      if (name === HINT && when === 'before') reads += 1
    }
    await assert.rejects(catalog().load('trades'), /version-hint\.text names a version that is not there/)
    assert.equal(reads, 8)
  })

  it('neither raises the hint nor removes documents where it comes second', async () => {
    await catalog().commit('trades', undefined, tableWith(1))
    await catalog().commit('trades', await catalog().load('trades'), tableWith(1, 2))
    const base = await catalog().load('trades')
    plantVersion(3, tableWith(1, 2, 3))
    assert.equal(await catalog(1).commit('trades', base, tableWith(1, 2, 4)), 'conflict')
    assert.equal(hint(), '2')
    assert.ok(bucket.contents().has(`${FOLDER}v1.metadata.json`))
  })

  it('names as many earlier documents as it keeps, and removes the others', async () => {
    const few = catalog(2)
    for (let id = 1; id <= 4; id += 1) await few.commit('trades', await few.load('trades'), tableWith(id))
    const { table } = (await few.load('trades'))!
    const versions = table.earlier.map(({ uri }) => /v(\d+)\.metadata/.exec(uri)![1])
    assert.deepEqual(versions, ['2', '3'])
    const kept = [...bucket.contents().keys()].filter(name => name.endsWith('.metadata.json'))
    assert.deepEqual(
      kept.map(name => versionOf(FOLDER, name)),
      [2, 3, 4],
    )
  })

  it('lists folders of tables only', async () => {
    await catalog().commit('trades', undefined, tableWith(1))
    bucket.plant('_iceberg/_queue/venue=a/date=2024-01-01.json', Buffer.from(''), '1')
    assert.deepEqual(await catalog().list(), ['trades'])
  })

  it('writes with the signal and with the types of JSON and text', async () => {
    const options: unknown[] = []
    const { write } = bucket
    bucket.write = (name, data, expected, given) => {
      options.push([name.slice(FOLDER.length), given])
      return write.call(bucket, name, data, expected, given)
    }
    const { signal } = new AbortController()
    await catalog().commit('trades', undefined, tableWith(1), signal)
    await catalog().commit('trades', await catalog().load('trades'), tableWith(1, 2))
    assert.deepEqual(options, [
      ['v1.metadata.json', { contentType: 'application/json', signal }],
      ['version-hint.text', { contentType: 'text/plain', signal }],
      ['v2.metadata.json', { contentType: 'application/json' }],
      ['version-hint.text', { contentType: 'text/plain' }],
    ])
  })

  it('removes an object whatever its generation, and none where there is none', async () => {
    bucket.plant('a', Buffer.from(''), '7')
    await removeObject(bucket, 'a')
    await removeObject(bucket, 'a')
    assert.equal(bucket.contents().size, 0)
  })

  it('takes the version from whole names of documents only', () => {
    assert.equal(versionOf(FOLDER, `${FOLDER}v120.metadata.json`), 120)
    for (const name of [
      'v0.metadata.json',
      'xv1.metadata.json',
      'v1.metadata.jsonx',
      'v1xmetadata.json',
      'v.metadata.json',
    ])
      assert.equal(versionOf(FOLDER, FOLDER + name), undefined, name)
  })
})
