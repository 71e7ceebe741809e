import type { RowWriter } from './row-writer.ts'

/** Rows of one data type, as the market goes on. */
export interface Feed {
  readonly header: string
  /** About how many rows a step writes, to plan a day by. */
  readonly rowsPerStep: number
  /** Rows that stand before the first step. */
  begin?(rows: RowWriter, atMicros: number): void
  /** Writes what happened after `fromMicros` up to `atMicros`, in order of local_timestamp. */
  step(rows: RowWriter, fromMicros: number, atMicros: number): void
}

export const COMMON = 'exchange,symbol,timestamp,local_timestamp'

/** Cells that every row begins with. */
export function named({ venue, symbol }: { venue: string; symbol: string }): Uint8Array {
  return Buffer.from(`${venue},${symbol}`, 'latin1')
}
