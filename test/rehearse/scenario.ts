import type { DaySpan } from './vendor.ts'

/** Everything that a rehearsal depends on. The whole archive, its fleet and the account's limits are given; a sample scales them. */
export interface Scenario {
  readonly seed: number
  readonly venues: number
  readonly days: number
  /** Share of the days, and of instances, requests a second and daily bytes with them. */
  readonly sample: number
  readonly fetchInstances: number
  readonly aggregateInstances: number
  readonly scheduleInstances: number
  readonly fetchCpus: number
  readonly maxDeliveryAttempts: number
  readonly requestsPerSecond: number
  readonly dailyBytes: number
  /** Share of requests to the vendor and to the bucket that fail once, and of acknowledgements that are lost. */
  readonly failures: number
  readonly bucketSlowness: number
  readonly outages: readonly DaySpan[]
  readonly keyRefused: readonly DaySpan[]
  /** When all instances are replaced, in days since the beginning. */
  readonly deployments: readonly number[]
  /** Variables of the functions, beside their defaults. */
  readonly env: Readonly<Record<string, string>>
  /** Ends a rehearsal in which no venue-day becomes complete for so long, in virtual days. */
  readonly maxIdleDays: number
  /** Ends a rehearsal that takes longer, in real seconds. */
  readonly maxSeconds: number
}

/** What happens to every backfill sooner or later, and an account's limits (an assumption: ask the vendor for yours). */
export const USUAL: Scenario = {
  seed: 1,
  venues: 60,
  days: 2_500,
  sample: 1 / 20,
  fetchInstances: 40,
  aggregateInstances: 5,
  scheduleInstances: 2,
  fetchCpus: 1,
  maxDeliveryAttempts: 50,
  requestsPerSecond: 200,
  dailyBytes: 2e12,
  failures: 0.01,
  bucketSlowness: 1,
  outages: [
    [1, 2],
    [6, 7],
  ],
  keyRefused: [[3, 5]],
  deployments: [0.5],
  env: {},
  maxIdleDays: 10,
  maxSeconds: 3_600,
}

/** The same without anything going wrong. */
export const CALM = { failures: 0, outages: [], keyRefused: [], deployments: [] } as const

/** The part of a whole that a sample has, at least one. */
export function sampled(count: number, { sample }: Scenario): number {
  return Math.max(1, Math.round(count * sample))
}
