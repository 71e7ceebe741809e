import { createHash } from 'node:crypto'
import type { Value } from '../support/csv-oracle.ts'
import type { Column, ColumnSummary, Rows, Summary, Where } from './engine.ts'

/** The columns' values, as readers in JavaScript give them: times as microseconds. */
export type Values = readonly (readonly Value[])[]

/** What `python/rows.py` does: one form for each value, a line for each row, and a checksum of the sorted lines. */
export function rowsOf(values: Values): Rows {
  const lines = rowNumbers(values).map(row => values.map(column => cell(column[row]!)).join('\t'))
  const sorted = lines.map(line => Buffer.from(line)).sort(Buffer.compare)
  const hash = createHash('sha256')
  for (const [at, line] of sorted.entries()) hash.update(at === 0 ? '' : '\n').update(line)
  return { rows: lines.length, digest: hash.digest('hex') }
}

function cell(value: Value): string {
  switch (typeof value) {
    case 'bigint':
      return `t${value}`
    case 'number':
      return Number.isNaN(value) ? 'NaN' : doubleBits(value)
    case 'string':
      return `s${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}`
    default:
      return value === null ? '-' : String(value)
  }
}

function doubleBits(value: number): string {
  const bits = Buffer.alloc(8)
  bits.writeDoubleBE(value)
  return bits.toString('hex')
}

/** The rows that `where` asks for, for readers that cannot filter. */
export function matching(values: Values, columns: readonly Column[], where: Where): Values {
  const terms = where.map(([name, operator, value]) => {
    const found = values[columns.findIndex(column => column.name === name)]!
    const wanted = typeof value === 'number' ? BigInt(value) : value
    return (row: number) => holds(found[row]!, operator, wanted)
  })
  const rows = rowNumbers(values).filter(row => terms.every(term => term(row)))
  return values.map(column => rows.map(row => column[row]!))
}

function holds(value: Value, operator: Where[number][1], wanted: bigint | string): boolean {
  if (value === null) return false
  if (operator === '=') return value === wanted
  return operator === '<' ? value < wanted : value >= wanted
}

export function summaryOf(values: Values, columns: readonly Column[]): Summary {
  const summaries = columns.map(({ name, type }, c) => [name, columnSummary(values[c]!, type)] as const)
  return { rows: values[0]!.length, columns: Object.fromEntries(summaries) }
}

function columnSummary(values: readonly Value[], type: Column['type']): ColumnSummary {
  const known = values.filter(value => value !== null)
  const nulls = values.length - known.length
  if (known.length === 0 || type === 'VARCHAR' || type === 'BOOLEAN') return { nulls }
  const numbers = known.map(Number)
  const range = { nulls, low: numbers.reduce((a, b) => Math.min(a, b)), high: numbers.reduce((a, b) => Math.max(a, b)) }
  return type === 'DOUBLE' ? { ...range, sum: numbers.reduce((a, b) => a + b) } : range
}

function rowNumbers(values: Values): number[] {
  return Array.from({ length: values[0]?.length ?? 0 }, (_, row) => row)
}
