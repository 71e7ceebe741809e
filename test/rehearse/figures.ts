import { COSTS, PRICES } from './costs.ts'
import type { Rehearsal } from './rehearsal.ts'
import { type Bottleneck, findBottleneck } from './states.ts'

/** What a rehearsal came to, for the whole archive: a sample's counts are multiplied. */
export interface Figures {
  readonly days: number
  readonly venueDays: number
  readonly undone: number
  /** The rehearsal was ended before it was clear whether everything becomes complete. */
  readonly isOutOfTime: boolean
  readonly items: number
  readonly terabytes: number
  readonly messages: number
  readonly pushes: number
  readonly deadLetters: number
  readonly expired: number
  readonly maxAttemptsUsed: number
  readonly vendorRequests: number
  readonly refusedRequests: number
  readonly classA: number
  readonly classB: number
  readonly fetchBusyShare: number
  readonly euros: number
  readonly storageEurosPerMonth: number
  readonly bottleneck: Bottleneck
}

export function figuresOf(rehearsal: Rehearsal): Figures {
  const { scenario, archive, servers, bucket, subscriptions, fleets, elapsedDays } = rehearsal
  const whole = (count: number) => Math.round(count / scenario.sample)
  const sum = (of: 'published' | 'pushes' | 'deadLetters' | 'expired') =>
    Object.values(subscriptions).reduce((total, subscription) => total + subscription[of], 0)
  const storedGb = whole(rehearsal.convertedBytes * COSTS.parquetShare.value) / 1e9
  return {
    days: elapsedDays,
    venueDays: whole(archive.venueDays),
    undone: whole(archive.venueDays - rehearsal.complete.size),
    isOutOfTime: rehearsal.isOutOfTime,
    items: whole(rehearsal.convertedItems),
    terabytes: whole(servers.sentBytes) / 1e12,
    messages: whole(sum('published')),
    pushes: whole(sum('pushes')),
    deadLetters: whole(sum('deadLetters')),
    expired: whole(sum('expired')),
    maxAttemptsUsed: Math.max(...Object.values(subscriptions).map(({ maxAttemptsUsed }) => maxAttemptsUsed)),
    vendorRequests: whole(servers.requests),
    refusedRequests: whole(servers.refused),
    classA: whole(bucket.classA),
    classB: whole(bucket.classB),
    fetchBusyShare: fleets.fetch.busyMs / (fleets.fetch.maxInstances * elapsedDays * 86_400_000),
    euros: eurosOf(rehearsal) / scenario.sample,
    storageEurosPerMonth: storedGb * PRICES.storageGbMonth * PRICES.eurosPerDollar,
    bottleneck: findBottleneck(rehearsal.states, rehearsal.waits.longest()),
  }
}

/** MiB of the functions, as in infra/variables.tf. */
const MEMORY_MB = { schedule: 256, fetch: 256, aggregate: 512 } as const

/** Compute, operations and messages, without free amounts. */
function eurosOf({ fleets, subscriptions, bucket, scenario }: Rehearsal): number {
  let dollars = (bucket.classA * PRICES.thousandClassA + bucket.classB * PRICES.thousandClassB) / 1_000
  for (const name of ['schedule', 'fetch', 'aggregate'] as const) {
    const seconds = fleets[name].busyMs / 1_000
    const cpus = name === 'fetch' ? scenario.fetchCpus : 1
    dollars += seconds * (cpus * PRICES.cpuSecond + (MEMORY_MB[name] / 1_024) * PRICES.gibSecond)
    const { published, publishedBytes, pushes } = subscriptions[name]
    dollars += (pushes / 1e6) * PRICES.millionRequests
    const bytes = (Math.max(PRICES.pubsubMinBytes, publishedBytes / Math.max(1, published)) || 0) * (published + pushes)
    dollars += (bytes / 2 ** 40) * PRICES.pubsubTiB
  }
  return dollars * PRICES.eurosPerDollar
}
