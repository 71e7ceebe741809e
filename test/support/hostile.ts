import { randomFrom } from './random.ts'

const TRADES = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'
const FIRST_MICROS = 1_723_161_255_088_176

export interface HostileDataset {
  readonly what: string
  readonly dataType: string
  readonly text: string
}

/** Datasets of some ten thousand rows that are hard on dictionaries, on page and group ends, and on nulls. */
export function hostileDatasets(): HostileDataset[] {
  return [
    { what: 'thousands of symbols, none after the other', dataType: 'trades', text: manySymbols(42_000) },
    { what: 'symbols that fill their room before the group is full', dataType: 'trades', text: longSymbols(30_000) },
    { what: 'ids of kilobytes', dataType: 'trades', text: longIds(2_000) },
    { what: 'prices that stop repeating, and begin again', dataType: 'quotes', text: turningPrices(62_000) },
    { what: 'a fifth of all cells empty, times in disorder', dataType: 'options_chain', text: holes(42_000) },
    { what: 'nulls by the page', dataType: 'trades', text: nullPages(125_000) },
    { what: 'numbers of every size, none twice', dataType: 'trades', text: oddNumbers(12_000) },
  ]
}

function lines(header: string, rows: number, row: (i: number) => string): string {
  return `${header}\n${Array.from({ length: rows }, (_, i) => `${row(i)}\n`).join('')}`
}

function manySymbols(rows: number): string {
  const random = randomFrom(11)
  const symbol = () => `BTC-${1 + random(30)}JUN20-${random(300) * 250}-${random(2) ? 'P' : 'C'}`
  const id = (i: number) => `${(i * 2654435761) % 4294967296}-${random(1e9)}`
  return lines(TRADES, rows, i => `deribit,${symbol()},${time(i)},${time(i)},${id(i)},buy,${random(99)}.5,${random(9)}`)
}

function longSymbols(rows: number): string {
  const symbol = (i: number) => `A-SYMBOL-OF-SOME-LENGTH-${i}-${i * 7}`
  return lines(TRADES, rows, i => `x${i % 3},${symbol(i)},${time(i)},${time(i)},${i},buy,1.5,2`)
}

function longIds(rows: number): string {
  const id = (i: number) => `${'0123456789abcdef'.repeat(128 + (i % 128))}${i}`
  return lines(TRADES, rows, i => `x,y,${time(i)},${time(i)},${id(i)},${i % 2 ? 'buy' : 'sell'},1.5,2`)
}

function turningPrices(rows: number): string {
  const random = randomFrom(12)
  const price = (i: number) =>
    Math.floor(i / 20_000) % 2 === 0 ? `${random(300)}.25` : `${random(1e9)}.${random(1e6)}`
  const header = 'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount'
  return lines(header, rows, i => `x,y,${time(i)},${time(i)},${random(70_000)},${price(i)},${price(rows - i)},-0`)
}

function holes(rows: number): string {
  const random = randomFrom(13)
  const header =
    'exchange,symbol,timestamp,local_timestamp,type,strike_price,expiration,open_interest,mark_iv,underlying_index,delta,rho,' +
    'last_price,bid_price,bid_amount,bid_iv,ask_price,ask_amount,ask_iv,mark_price,underlying_price,gamma,vega,theta'
  return lines(header, rows, i => {
    const cells = ['deribit', `S${random(900)}`, time(i), `${FIRST_MICROS + i * 50 - random(1000)}`, 'put']
    cells.push(`${random(40) * 250}`, `${FIRST_MICROS + random(9) * 86_400_000_000}`, `${random(1e6) / 10}`)
    cells.push(`${random(1e4) / 100}`, `INDEX${random(5)}`, `-0.${random(1e5)}`, `${random(1e7)}e-7`)
    return `${cells.map(cell => (random(5) === 0 ? '' : cell)).join(',')}${','.repeat(12)}`
  })
}

/** Pages with values, without any, and with one; groups too. */
function nullPages(rows: number): string {
  const present = (i: number) => i < 40_960 || i === 60_000 || i === 124_000
  return lines(TRADES, rows, i => {
    const [id, side, price, at] = present(i) ? [`id${i}`, 'buy', i / 4, time(i)] : ['', '', '', '']
    return `x,y,${at},${time(i)},${id},${side},${price},`
  })
}

function oddNumbers(rows: number): string {
  const random = randomFrom(14)
  const bits = new DataView(new ArrayBuffer(8))
  const number = (): string => {
    bits.setUint32(0, random(2 ** 32))
    bits.setUint32(4, random(2 ** 32))
    const value = bits.getFloat64(0)
    return Number.isFinite(value) ? String(value) : number()
  }
  return lines(TRADES, rows, i => `x,y,${time(i)},${time(i)},,buy,${number()},0.${random(1e15)}${10 + random(90)}`)
}

function time(i: number): string {
  return String(FIRST_MICROS + i * 137)
}
