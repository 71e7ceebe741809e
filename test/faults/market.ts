import { gzipSync } from 'node:zlib'

/** The market that all faults are planted in: one venue-day of three symbols, in two batches. */
export const KEY = 'TD.k3y-that/nobody+may=see'
export const DAY = { venue: 'binance', date: '2024-08-08' }
export const SYMBOLS = ['A', 'B', 'C'] as const
export const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n'
/** Where the upload of a streamed object is cut; B's object takes several of them. */
export const CHUNK_BYTES = 256 * 1024

/** Trades whose prices and ids hardly shrink when packed, the same for the same seed. */
export function tradesText(symbol: string, rows: number, seed: number): string {
  const lines: string[] = [HEADER]
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
  for (let row = 0; row < rows; row++) {
    const micros = 1_723_075_200_000_000 + row * 1_000_000 + (next() % 1000)
    const price = (next() % 100_000_000) / 1000
    lines.push(`binance,${symbol},${micros},${micros + 5},${next()}${next()},buy,${price},${next() % 100_000}\n`)
  }
  return lines.join('')
}

export function exchangeDetails(symbols: readonly string[], exportedUntil = '2024-08-10T00:00:00.000Z'): object {
  const listed = symbols.map(id => ({
    id,
    type: 'spot',
    availableSince: '2020-01-01T00:00:00.000Z',
    dataTypes: ['trades'],
  }))
  return { id: 'binance', name: 'Binance', datasets: { exportedUntil, symbols: listed }, incidentReports: [] }
}

/** B in two gzip members, as the vendor's large files are. */
export function marketFiles(): Map<string, Buffer> {
  const rowsOfB = tradesText('B', 40_000, 2)
  const middle = rowsOfB.indexOf('\n', rowsOfB.length / 2) + 1
  return new Map([
    ['exchange', Buffer.from(JSON.stringify(exchangeDetails(SYMBOLS)))],
    ['A', gzipSync(tradesText('A', 200, 1))],
    ['B', Buffer.concat([gzipSync(rowsOfB.slice(0, middle)), gzipSync(rowsOfB.slice(middle))])],
    ['C', gzipSync(tradesText('C', 100, 3))],
  ])
}

/** Where B's first gzip member ends. */
export function memberBoundary(file: Buffer): number {
  return file.indexOf(Buffer.from([0x1f, 0x8b, 8, 0]), 10)
}
