import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { readRecordBatches } from '../../functions/ticks/record-batch.ts'
import { readText } from '../support/csv-oracle.ts'
import { chunksOf } from '../support/dataset.ts'
import { arrowValues } from '../support/readers/arrow-rs.ts'

const TRADES = ['exchange', 'symbol', 'timestamp', 'local_timestamp', 'id', 'side', 'price', 'amount']
const ADDED = ['date', 'Date', 'Price', '24h_volume', 'rpi-qty', 'rpi.qty', 'new one', 'größe', 'vendor_date']

const text = fc.string({ unit: fc.constantFrom('a', 'Z', '7', ' ', '.', '-', '安', '🦄', '\u00e9'), maxLength: 20 })
const quoted = fc
  .string({ unit: fc.constantFrom('a', ',', '""', '\n', '\r\n', 'é', ' '), maxLength: 12 })
  .map(inside => `"${inside}"`)
const time = fc.bigInt(-1_000_000n, 1_800_000_000_000_000n).map(String)
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
const CELLS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  timestamp: time,
  local_timestamp: time,
  price: number,
  amount: number,
}
/** Empty now and then; an unquoted cell does not begin with a quote, and a quoted one is text. */
const cellOf = (column: string) =>
  fc.oneof(
    { weight: 6, arbitrary: CELLS[column] ?? text },
    { weight: 1, arbitrary: CELLS[column] ? fc.constant('') : quoted },
    { weight: 1, arbitrary: fc.constant('') },
  )

const dataset = fc
  .subarray(ADDED)
  .chain(added => fc.shuffledSubarray([...TRADES, ...added], { minLength: TRADES.length + added.length }))
  .chain(columns =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...columns.map(cellOf)), { maxLength: 8 }),
      lineEnd: fc.constantFrom('\n', '\r\n'),
      end: fc.constantFrom('', '\n', '\r\n', '\n\n', '\r\n\n\r\n'),
      mark: fc.constantFrom('', '\ufeff'),
      chunkBytes: fc.integer({ min: 1, max: 200 }),
      members: fc.integer({ min: 1, max: 3 }),
    }),
  )

/** Gzip of several members, cut anywhere. */
function gzipped(bytes: Buffer, members: number): Buffer {
  const size = Math.ceil(bytes.length / members)
  const parts = Array.from({ length: members }, (_, m) => bytes.subarray(m * size, (m + 1) * size))
  return Buffer.concat(parts.map(part => gzipSync(part)))
}

describe('any dataset that keeps to the rules', () => {
  it('comes out as it is, whatever its columns, their order, its line ends, mark, blank end and pieces', async () => {
    const property = fc.asyncProperty(dataset, async ({ columns, rows, lineEnd, end, mark, chunkBytes, members }) => {
      const lines = [columns, ...rows].map(cells => cells.join())
      const oracle = readText(`${lines.join(lineEnd)}\n`, 'trades')
      const gzip = gzipped(Buffer.from(`${mark}${lines.join(lineEnd)}${end}`), members)
      let first = 0
      for await (const batch of readRecordBatches(chunksOf(gzip, chunkBytes), { dataType: 'trades' })) {
        const all = Array.from({ length: batch.numRows }, (_, row) => row)
        for (const column of oracle.columns)
          assert.deepEqual(arrowValues(batch, column, all), column.values.slice(first, first + batch.numRows))
        first += batch.numRows
      }
      assert.equal(first, oracle.rows)
    })
    await fc.assert(property, { seed: 1, numRuns: 600 })
  })
})
