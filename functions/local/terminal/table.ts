import { cells, pad } from './style.ts'

/** A table as lines. The first `leftColumns` columns are aligned left, all others right. */
export function renderTable(rows: readonly (readonly string[])[], leftColumns: number, indent = '  '): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cells(cell))
    })
  }
  return rows.map(row => {
    const padded = row.map((cell, column) => {
      const width = widths[column]!
      return column < leftColumns ? pad(cell, width) : ' '.repeat(width - cells(cell)) + cell
    })
    return `${indent}${padded.join('  ')}`.trimEnd()
  })
}
