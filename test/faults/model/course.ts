import type { Limits } from './limited-vendor.ts'

/** What people ask for, one after the other or at once, of all days of the course. */
export const REQUESTS = {
  all: {},
  first: { symbols: ['S0'] },
  'all again': { force: true },
  'first again': { symbols: ['S0'], force: true },
  upgrade: { upgrade: true },
  'not listed': { symbols: ['S0', 'NONE'] },
} as const
export type RequestName = keyof typeof REQUESTS

/** One course of things: everything in it follows from this. */
export interface Course extends Limits {
  readonly seed: number
  /** How many days are asked for. */
  readonly days: number
  /** Each delivery of schedule has time for one day only, and hands on the rest. */
  readonly isHurried: boolean
  readonly symbols: number
  readonly batchSize: number
  readonly workers: number
  readonly requests: readonly RequestName[]
  /** How many of each happen at most, at moments that chance decides. */
  readonly crashes: number
  readonly stops: number
  readonly failures: number
  readonly duplicates: number
  readonly deadlines: number
  /** How many of the vendor's first answers are bad. */
  readonly badAnswers: number
  /** How many symbols have a file of an older converter version at the beginning. */
  readonly oldFiles: number
}

export const CALM = { crashes: 0, stops: 0, failures: 0, duplicates: 0, deadlines: 0, badAnswers: 0 } as const
export const NO_LIMITS = { quota: 0, newFiles: 0, keyDays: 0, outageDays: 0, isHurried: false } as const

/** The same course where nothing goes wrong and the vendor has no limits. */
export function calm(course: Course): Course {
  return { ...course, ...CALM, ...NO_LIMITS }
}
