import assert from 'node:assert/strict'
import { columnsOfDataType, toQuality } from '../support/quality.ts'
import { randomFrom } from '../support/random.ts'

type Row = Readonly<Record<string, string>>

/** Few different cells of each kind of column, so that rows repeat. */
function cellsOf(column: string): readonly string[] {
  if (column === 'id') return ['', '7', '12345678', '12345679', 'x1234567', 'f47ac10b-58cc-4372-a567']
  if (column === 'side') return ['', 'buy', 'sell']
  if (column === 'is_snapshot') return ['', 'true', 'false']
  if (column.endsWith('timestamp')) return ['', '1', '1723161256322000']
  return column === 'exchange' || column === 'symbol' ? ['x', 'y'] : ['', '0', '-0', '61800.5']
}

/** Rows each of which repeats the one above in all columns but `changes` of them, at most. */
function rowsOf(columns: readonly string[], count: number, random: (below: number) => number): Row[] {
  let row: Row = Object.fromEntries(columns.map(column => [column, cellsOf(column).at(-1)!]))
  return Array.from({ length: count }, () => {
    for (let changes = random(3); changes > 0; changes--) {
      const column = columns[random(columns.length)]!
      row = { ...row, [column]: cellsOf(column)[random(cellsOf(column).length)]! }
    }
    return row
  })
}

describe('rows that repeat the one above', () => {
  for (const dataType of ['trades', 'liquidations', 'incremental_book_L2', 'quotes', 'derivative_ticker'])
    it(`are those that a loop over the texts finds, in any part of a row group: ${dataType}`, () => {
      const columns = columnsOfDataType(dataType)
      const random = randomFrom(dataType.length)
      const repeats = (rows: readonly Row[], names: readonly string[]) =>
        rows.filter((row, n) => n > 0 && names.every(name => row[name] === rows[n - 1]![name])).length
      for (const count of [...Array.from({ length: 60 }, (_, n) => 1 + (n % 30)), 1023, 1024, 1025, 1026, 3000]) {
        const rows = rowsOf(columns, count, random)
        const { repeatedRows, repeatedIds } = toQuality(dataType, rows)
        assert.equal(repeatedRows, repeats(rows, columns), `${count} rows`)
        if (dataType !== 'trades') continue
        const withId = rows.filter((row, n) => n > 0 && row.id !== '' && row.id === rows[n - 1]!.id)
        assert.equal(repeatedIds, withId.length, `ids of ${count} rows`)
      }
    })
})
