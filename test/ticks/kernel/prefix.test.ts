import assert from 'node:assert/strict'
import { toRows } from '../../support/dataset.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount'
/** Several times as long as what the processor compares at once, and lengths that are no multiple of it. */
const EXCHANGES = ['x', 'binance-futures', 'e'.repeat(45)]

/** The row's beginning with one of its bytes changed to another that its column allows; undefined where there is none. */
function changed(beginning: string, at: number): string | undefined {
  const byte = beginning[at]!
  const other = /\d/.test(byte) ? String((Number(byte) + 1) % 10) : /[a-zA-Z-]/.test(byte) ? 'q' : undefined
  return other && beginning.slice(0, at) + other + beginning.slice(at + 1)
}

async function assertRead(beginnings: readonly string[]): Promise<void> {
  const text = [HEADER, ...beginnings.map((beginning, i) => `${beginning},${i},1`), ''].join('\n')
  const found = await toRows(text, 'incremental_book_L2')
  assert.equal(found.length, beginnings.length)
  for (const [r, beginning] of beginnings.entries()) {
    const row = found[r]!
    const [exchange, symbol, timestamp, local, , side] = beginning.split(',')
    // Arrow's rows have times in milliseconds.
    const micros = [row.timestamp, row.local_timestamp].map(time => Math.round(Number(time) * 1000))
    assert.deepEqual(
      [row.exchange, row.symbol, ...micros, row.side, row.price],
      [exchange, symbol, Number(timestamp), Number(local), side, r],
    )
  }
}

describe('rows that begin like the row above', () => {
  for (const exchange of EXCHANGES)
    it(`are told from those that differ in one byte of exchange, symbol, times or side: ${exchange}`, async () => {
      const beginning = `${exchange},BTCUSDT,1723161256298000,1723161255030314,false,bid`
      for (let at = 0; at < beginning.length; at++) {
        const other = changed(beginning, at)
        // A flag has two values only.
        if (other?.includes(',false,')) await assertRead([beginning, beginning, other, other, beginning])
      }
    })
})
