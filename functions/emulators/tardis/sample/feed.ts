import type { RowWriter } from './row-writer.ts'

/** Writes the rows of one data type, step by step. */
export interface Feed {
  readonly header: string
  /** About how many rows a step writes. */
  readonly rowsPerStep: number
  /** Writes the rows before the first step. */
  begin?(rows: RowWriter, atMicros: number): void
  /** Writes what happened after `fromMicros` up to `atMicros`, in order of local_timestamp. */
  step(rows: RowWriter, fromMicros: number, atMicros: number): void
}

export const COMMON = 'exchange,symbol,timestamp,local_timestamp'

/** The cells at the beginning of every row. */
export function named({ venue, symbol }: { venue: string; symbol: string }): Uint8Array {
  return Buffer.from(`${venue},${symbol}`, 'latin1')
}
