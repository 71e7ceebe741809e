import type { FunctionName } from './rehearsal.ts'
import type { Wait } from './waits.ts'

/** What holds a backfill up at a moment. Each moment of a rehearsal is in one of these. */
export const STATES = [
  'key refused',
  'vendor down',
  'daily quota',
  'fetch instances',
  'aggregate instances',
  'schedule instances',
  'delivery of messages',
  'nothing asked for',
] as const
export type State = (typeof STATES)[number]

interface Fleet {
  readonly busy: number
  readonly maxInstances: number
}

/** What can be seen of a rehearsal from outside. */
export interface Visible {
  readonly servers: { readonly isKeyRefused: boolean; readonly isDown: boolean; readonly isQuotaUsedUp: boolean }
  readonly fleets: Readonly<Record<FunctionName, Fleet>>
  readonly subscriptions: Readonly<Record<FunctionName, { readonly waiting: number; readonly open: number }>>
}

/** How long a rehearsal was in which state, in looks at it. */
export class States {
  readonly counts = Object.fromEntries(STATES.map(state => [state, 0])) as Record<State, number>

  #day = Number.NaN
  #idleToday = 0

  /** @param day the UTC day, counted: where its quota is used up in the end, waiting before that has cost nothing */
  look(visible: Visible, day: number): void {
    if (day !== this.#day) this.#idleToday = 0
    this.#day = day
    const state = stateOf(visible)
    this.counts[state] += 1
    if (state === 'nothing asked for') this.#idleToday += 1
    if (state !== 'daily quota') return
    this.counts['nothing asked for'] -= this.#idleToday
    this.counts['daily quota'] += this.#idleToday
    this.#idleToday = 0
  }

  get looks(): number {
    return STATES.reduce((sum, state) => sum + this.counts[state], 0)
  }

  share(state: State): number {
    return this.counts[state] / Math.max(1, this.looks)
  }

  longest(): State {
    return STATES.reduce((longest, other) => (this.counts[other] > this.counts[longest] ? other : longest))
  }
}

/** At least nine of ten instances are at work. */
const BUSY_SHARE = 0.9

export function stateOf({ servers, fleets, subscriptions }: Visible): State {
  if (servers.isKeyRefused) return 'key refused'
  if (servers.isDown) return 'vendor down'
  if (servers.isQuotaUsedUp) return 'daily quota'
  if (isSaturated(fleets.fetch)) return 'fetch instances'
  if (isSaturated(fleets.aggregate)) return 'aggregate instances'
  if (isSaturated(fleets.schedule)) return 'schedule instances'
  return Object.values(subscriptions).some(({ open }) => open > 0) ? 'delivery of messages' : 'nothing asked for'
}

function isSaturated({ busy, maxInstances }: Fleet): boolean {
  return busy >= maxInstances * BUSY_SHARE
}

export interface Bottleneck {
  readonly name: State | 'bucket' | 'rate limit'
  /** Share of the time. */
  readonly share: number
  /** Where instances are the bottleneck: what most of their workers' time goes to, and its share. */
  readonly workersWaitFor?: { readonly wait: Wait; readonly share: number }
  readonly advice: string
}

const ADVICE: Readonly<Record<Bottleneck['name'], string>> = {
  'key refused': 'renew the key; a vendor that refuses it has an alert of its own',
  'vendor down': 'nothing to set: the vendor was down for most of the time',
  'daily quota': 'a larger plan of the vendor; more instances do not help',
  'fetch instances': 'raise fetch_max_instances',
  'aggregate instances': 'raise aggregate_max_instances',
  'schedule instances': 'ask in smaller requests',
  'delivery of messages': 'messages wait for their next delivery while instances are idle: read their errors',
  'nothing asked for':
    'nothing is under way until the next scheduled run resumes what is open: run the scheduler job by hand after an outage',
  bucket: 'a bucket in the region of the functions; DOWNLOAD_MAX_WORKERS waits for it at more files at once',
  'rate limit': 'fewer instances, or a larger plan of the vendor',
}

const MORE_WORKERS =
  'raise DOWNLOAD_MAX_CONNECTIONS or DOWNLOAD_MAX_WORKERS, or fetch_max_instances: their workers wait for the vendor to respond'

/**
 * What kept the backfill from ending earlier: the state that most of the time went to. Where instances are busy, or messages
 * come again, and most of the workers' time goes to waiting for the bucket or for the vendor's rate limit, that is it: more
 * instances would wait for it too.
 */
export function findBottleneck(
  states: States,
  longestWait: { readonly wait: Wait; readonly share: number },
): Bottleneck {
  const state = states.longest()
  const share = states.share(state)
  if (state !== 'fetch instances' && state !== 'delivery of messages')
    return { name: state, share, advice: ADVICE[state] }
  const { wait } = longestWait
  const isShared = longestWait.share > 0.5 && (wait === 'bucket' || wait === 'rate limit')
  const name = isShared ? wait : state
  const advice = name === 'fetch instances' && wait === 'vendor response' ? MORE_WORKERS : ADVICE[name]
  return { name, share, workersWaitFor: longestWait, advice }
}
