import assert from 'node:assert/strict'
import { Type } from 'apache-arrow/enum'
import type { TimestampMicrosecond } from 'apache-arrow/type'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { columnName } from '../../functions/ticks/column-name.ts'
import { standardColumns } from '../../functions/ticks/columns.ts'
import { columnsOfHeader } from '../../functions/ticks/header.ts'
import { schemaOf } from '../../functions/ticks/schema.ts'
import { type ColumnType, documentedColumns } from '../support/csv-oracle.ts'

const ARROW: Readonly<Record<ColumnType, readonly Type[]>> = {
  'TIMESTAMP WITH TIME ZONE': [Type.Timestamp],
  DOUBLE: [Type.Float],
  BOOLEAN: [Type.Bool],
  VARCHAR: [Type.Utf8, Type.Dictionary],
}

describe('a schema', () => {
  it('exists for each of the vendor’s nine data types', () =>
    assert.deepEqual([...KNOWN_DATA_TYPES].sort(), [
      'book_snapshot_25',
      'book_snapshot_5',
      'book_ticker',
      'derivative_ticker',
      'incremental_book_L2',
      'liquidations',
      'options_chain',
      'quotes',
      'trades',
    ]))

  for (const dataType of [...KNOWN_DATA_TYPES, 'one_not_known_yet'])
    it(`has the columns, order and types that the vendor documents: ${dataType}`, () => {
      const documented = [...documentedColumns(dataType)]
      const columns = columnsOfHeader(dataType, documented.map(([name]) => name).join())
      for (const schema of [schemaOf(standardColumns(dataType)), schemaOf(columns)]) {
        assert.deepEqual(
          schema.fields.map(field => field.name),
          documented.map(([name]) => columnName(name)),
        )
        for (const [c, field] of schema.fields.entries()) {
          assert.ok(ARROW[documented[c]![1]].includes(field.typeId), `${field.name}: ${field.type}`)
          assert.ok(field.nullable)
          if (field.typeId === Type.Timestamp) assert.equal((field.type as TimestampMicrosecond).timezone, 'UTC')
        }
      }
    })

  it('of an unknown data type has the four common columns, whatever its name', () => {
    for (const dataType of ['something_new', 'constructor', '__proto__'])
      assert.equal(standardColumns(dataType).length, 4, dataType)
  })
})
