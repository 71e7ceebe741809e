import assert from 'node:assert/strict'
import avro from 'avsc'
import { decodeContainer, encodeBlock, encodeContainer } from '../../functions/iceberg/avro.ts'
import { columnId, evolveColumns, tableColumns } from '../../functions/iceberg/columns.ts'

const SCHEMA = { type: 'record' as const, name: 'r', fields: [{ name: 'a', type: 'string' }] }
const RECORDS = [{ a: 'one' }, { a: 'two' }]
const container = (records: readonly object[] = RECORDS) =>
  encodeContainer(SCHEMA, encodeBlock(SCHEMA, records), { about: 'this' })
/** Plain objects: those of avsc have a class of their own. */
const decoded = (data: Buffer) => decodeContainer(data).map(record => ({ ...(record as object) }))

describe('an Avro container file', () => {
  it('is read back as it was, also without a record', () => {
    assert.deepEqual(decoded(container()), RECORDS)
    assert.deepEqual(decoded(container([])), [])
  })

  it('is read where its blocks are not compressed, and where it has several', async () => {
    const encoder = new avro.streams.BlockEncoder(avro.Type.forSchema(SCHEMA), { codec: 'null', blockSize: 1 })
    const pieces: Buffer[] = []
    encoder.on('data', (piece: Buffer) => pieces.push(piece))
    const ended = new Promise(resolve => encoder.on('end', resolve))
    for (const record of RECORDS) encoder.write(record)
    encoder.end()
    await ended
    assert.deepEqual(decoded(Buffer.concat(pieces)), RECORDS)
  })

  it('is refused where it is none, or ends inside a block, also inside its last marker', () => {
    const data = container()
    const other = Buffer.concat([Buffer.from('Obj\u0002', 'latin1'), data.subarray(4)])
    assert.throws(() => decodeContainer(other), /^Error: found no Avro container file$/)
    for (const bytes of [1, 15, 16, 17]) {
      const cut = data.subarray(0, data.length - bytes)
      assert.throws(() => decodeContainer(cut), new Error(`the Avro file ends at byte ${cut.length}, inside a block`))
    }
  })
})

describe('columns of a table', () => {
  it('get names that are free, with a number where there are several', () => {
    const column = (id: number) => ({ id, name: 'a', type: 'double' as const })
    const evolved = evolveColumns([{ id: 1, name: 'a', type: 'string' }], [column(2), column(3), column(4)])
    assert.deepEqual(
      evolved.map(({ name }) => name),
      ['a', 'a_double', 'a_double2', 'a_double3'],
    )
  })

  it('have an id by name, where every data type has one of the name', () => {
    assert.ok(columnId(tableColumns('trades'), 'symbol') > 0)
    assert.throws(
      () => columnId(tableColumns('trades'), 'colour'),
      new RangeError('the table has no column colour; expected one of all data types'),
    )
  })
})
