/** Cells in columns, as wide as they need to be. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
    [],
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

export interface Counts {
  readonly passed: number
  readonly failed: number
}

/** A section's last line; a failure makes the process end with 1. */
export function conclude(what: string, { passed, failed }: Counts): void {
  console.log(`${what}: ${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

/** `--name=N` of this process's arguments. */
export function numberArgument(name: string, fallback: number): number {
  const given = process.argv.find(argument => argument.startsWith(`--${name}=`))
  if (given === undefined) return fallback
  const value = Number(given.slice(name.length + 3))
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${given}: not a whole number from 1`)
  return value
}
