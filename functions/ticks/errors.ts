/**
 * The source breaks the format: not CSV of the expected shape, a bad number, a ragged row. Trying again with the same
 * bytes ends the same way. `line` counts from 1, the header included.
 */
export class MalformedDataError extends Error {
  override readonly name = 'MalformedDataError'
  readonly line: number | undefined
  readonly column: string | undefined
  constructor(message: string, where: { line?: number; column?: string } = {}) {
    super(message)
    this.line = where.line
    this.column = where.column
  }
}

/** The bytes did not arrive whole (cut off, wrong length, gzip damaged): another download may end well. */
export class DamagedSourceError extends Error {
  override readonly name = 'DamagedSourceError'
}
