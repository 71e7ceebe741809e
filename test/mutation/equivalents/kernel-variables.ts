import { type Equivalent, inFile } from '../score.ts'

/** Variables of the kernel that a call sets before anything reads them: what they begin with does not matter. */
export const KERNEL_VARIABLES: readonly Equivalent[] = [
  ...setBeforeRead('columns.ts', [
    'export let columns: usize = 0',
    'export let columnCount: i32 = 0',
    'export let rowCount: i32 = 0',
    'export let maxRows: i32 = 0',
  ]),
  ...setBeforeRead('crc32.ts', ['let next: usize = 0', 'let restBytes: usize = 0']),
  ...setBeforeRead('decimal.ts', [
    'export let decimalEnd: usize = 0',
    'let writtenExponent: i32 = 0',
    'let high: u64 = 0',
    'let low: u64 = 0',
  ]),
  ...setBeforeRead('inflate/tables.ts', ['let longest: u32 = 0', 'let subtables: u32 = 0']),
  ...setBeforeRead('latency.ts', [
    'export let smallestLatency: i64 = 0',
    'export let largestLatency: i64 = 0',
    'export let sentOutOfOrder: i32 = 0',
    'let lastSent: i64 = 0',
  ]),
  ...setBeforeRead('odd-cells.ts', ['let unquotedLength: u32 = 0']),
  ...setBeforeRead('order.ts', [
    'export let timeCount: i32 = 0',
    'export let firstTime: i64 = 0',
    'export let lastTime: i64 = 0',
    'export let smallestTime: i64 = 0',
    'export let largestTime: i64 = 0',
    'export let outOfOrder: i32 = 0',
    'export let largestGap: i64 = 0',
    'export let gapStart: i64 = 0',
    'let shortestKept: i64 = 0',
  ]),
  ...setBeforeRead('parquet/dictionary.ts', [
    'let slotBits: u64 = 0',
    'let halfTheSlots: u32 = 0',
    'let distinct: i32 = 0',
  ]),
  ...setBeforeRead('parquet/sorted-dictionary.ts', [
    'let lowPlaces: usize = 0',
    'let highPlaces: usize = 0',
    'let smallest: i64 = 0',
    'let shift: u64 = 0',
  ]),
  ...setBeforeRead('parquet/statistics.ts', [
    'export let smallestInteger: i64 = 0',
    'export let largestInteger: i64 = 0',
    'export let smallestDouble: f64 = 0',
    'export let largestDouble: f64 = 0',
    'export let firstText: i32 = 0',
    'export let lastText: i32 = 0',
  ]),
  ...setBeforeRead('prefix.ts', [
    'export let prefix: usize = 0',
    'export let nameBytes: u32 = 0',
    'export let timeBytes: u32 = 0',
    'export let namesEnd: usize = 0',
    'export let prefixEnd: usize = 0',
    'let timesStart: usize = 0',
    'let namesFilled: i32 = 0',
    'let timesFilled: i32 = 0',
  ]),
  ...setBeforeRead('prices.ts', [
    'export let smallestValue: f64 = 0',
    'export let largestValue: f64 = 0',
    'export let nonPositive: i32 = 0',
    'export let volume: f64 = 0',
    'export let notional: f64 = 0',
    'export let crossed: i32 = 0',
    'export let locked: i32 = 0',
    'export let oneSided: i32 = 0',
  ]),
  ...setBeforeRead('repeats.ts', [
    'export let repeatedIds: i32 = 0',
    'export let firstId: i64 = 0',
    'export let lastId: i64 = 0',
    'export let missingIds: i64 = 0',
  ]),
  ...setBeforeRead('row-state.ts', [
    'export let oddCells: i32 = 0',
    'export let quotedNewlines: i32 = 0',
    'export let textEnd: usize = 0',
    'export let scratch: usize = 0',
  ]),
  ...setBeforeRead('row-state.ts', ['export let badCell: usize = 0', 'export let badColumn: i32 = 0']),
]

function setBeforeRead(file: string, lines: readonly string[]): Equivalent[] {
  const why = 'it is set before it is read; of counters that only go up, differences are read'
  return inFile(
    `functions/ticks/kernel/${file}`,
    lines.map(text => ({ text, why })),
  )
}
