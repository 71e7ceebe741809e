import type { Equivalent } from './score.ts'

/** Mutants that were read and behave as the original does. A line that changes is read again. */
export const EQUIVALENTS: readonly Equivalent[] = []
