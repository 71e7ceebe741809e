import { compareText } from '../../market/items.ts'
import { renderTable } from '../terminal/table.ts'
import { createEstimator, type KnownSize, median } from './sizes.ts'

/** How far estimates of a data type were off, as shares of what was stored: 0.1 means 10 %. Medians over the files. */
export interface EstimateErrors {
  readonly dataType: string
  /** Files with rows that had an earlier day to be estimated from. */
  readonly files: number
  readonly sourceBytes: number
  readonly bytes: number
  readonly rows: number
}

const FIGURES = ['sourceBytes', 'bytes', 'rows'] as const

/**
 * Estimates each stored file from the days before it, as `--dry-run` would have, and compares. A file without rows is left
 * out, and so is one without an earlier file of its venue, data type and symbol. Pure.
 */
export function estimateErrors(sizes: readonly KnownSize[]): EstimateErrors[] {
  const errors = new Map<string, Record<(typeof FIGURES)[number], number[]>>()
  for (const series of Map.groupBy(sizes, ({ venue, dataType, symbol }) => `${venue}/${dataType}/${symbol}`).values()) {
    const byDate = series.toSorted((a, b) => compareText(a.date, b.date))
    for (const [at, actual] of byDate.entries()) {
      if (at === 0 || actual.rows === 0) continue
      const estimate = createEstimator(byDate.slice(0, at), () => 0)(actual)
      const of = errors.get(actual.dataType) ?? { sourceBytes: [], bytes: [], rows: [] }
      errors.set(actual.dataType, of)
      for (const figure of FIGURES) of[figure].push(Math.abs(estimate[figure] - actual[figure]) / actual[figure])
    }
  }
  return [...errors]
    .map(([dataType, of]) => ({
      dataType,
      files: of.rows.length,
      sourceBytes: middle(of.sourceBytes),
      bytes: middle(of.bytes),
      rows: middle(of.rows),
    }))
    .sort((a, b) => compareText(a.dataType, b.dataType))
}

/** `median` is of whole numbers. */
function middle(shares: readonly number[]): number {
  return median(shares.map(share => Math.round(share * 1e6))) / 1e6
}

/** The same for people. */
export function renderErrors(errors: readonly EstimateErrors[]): string {
  if (errors.length === 0) return 'estimates: nothing to compare; no symbol is stored on two days\n'
  const share = (value: number) => `${(100 * value).toFixed(1)}%`
  const rows = errors.map(one => [
    one.dataType,
    String(one.files),
    ...[one.sourceBytes, one.bytes, one.rows].map(share),
  ])
  const head = ['data type', 'files', 'download', 'Parquet', 'rows']
  return `\nestimates of --dry-run, each file from the days before it: median error\n${renderTable([head, ...rows], 1).join('\n')}\n`
}
