import { handleCompletion } from '../../aggregate/handler.ts'
import { createManifestPace } from '../../aggregate/pace.ts'
import type { Outcome } from '../../entry.ts'
import { handleVenueDay } from '../../fetch/handler.ts'
import { handleTablesRequest } from '../../iceberg/handler.ts'
import { recordRejected } from '../../ledger/rejected.ts'
import { dayOf } from '../../market/days.ts'
import type { ScheduleRequest } from '../../pubsub/messages.ts'
import type { Publisher } from '../../pubsub/publisher.ts'
import { systemClock } from '../../runtime/deadline.ts'
import type { Observer } from '../../runtime/events.ts'
import { handleSchedule } from '../../schedule/handler.ts'
import { publishChecksOf } from '../../schedule/incidents.ts'
import { resolveRequest } from '../../schedule/venue-days.ts'
import type { Services } from '../../services.ts'
import { convert } from '../../ticks/convert.ts'
import { Bus, type DeadLetter, type Delivery } from './bus.ts'

export interface PipelineOptions
  extends Pick<Services, 'bucket' | 'vendor' | 'guard' | 'config' | 'gate' | 'buffers' | 'watch' | 'log'> {
  readonly requests: readonly ScheduleRequest[]
  /** Forced requests for parts of the same venue-days; `reopens`: the venue-day is recorded as complete. */
  readonly repairs?: readonly { readonly request: ScheduleRequest; readonly reopens: boolean }[]
  /** True for a bucket on this machine, where a manifest may be written more often than once a second. */
  readonly isLocal: boolean
  /** What the tables' addresses begin with: the whole path of a folder. */
  readonly tablesRoot: string
  readonly observe: Observer
  /** Aborted: nothing more is begun, what is in work is given up with a receipt, and the manifests are brought up to date. */
  readonly signal: AbortSignal
}

export interface PipelineEnd {
  readonly deadLetters: readonly DeadLetter[]
  /** Messages not worked on because of the signal: another run finds their work again by itself. */
  readonly left: number
}

/** Two venue-days or batches side by side, as two instances of the deployed function would be. */
export const BATCHES_AT_ONCE = 2
const COMPLETIONS_AT_ONCE = 4
/** Fewer than Pub/Sub's five: a person waits, and can run the command again. */
const MAX_ATTEMPTS = 3

/**
 * Schedule, fetch and aggregate as deployed, in this process, until nothing is left to do. Rejects only where a request
 * cannot be scheduled at all (the bucket fails); what fails later is in the ledger and among the dead letters. Safe to run
 * again at any time. Memory: the waiting messages and what fetch promises.
 */
export async function runPipeline(options: PipelineOptions): Promise<PipelineEnd> {
  const { requests, config, signal } = options
  const deadLetters: DeadLetter[] = []
  const bus = createBus(options, letter => deadLetters.push(letter))
  // What is being done is handed on to this topic, where it stays.
  const stop = () => {
    bus.hold(config.scheduleTopic)
    bus.hold(config.venueDaysTopic)
    bus.hold(config.tablesTopic)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    for (const request of requests) await schedule(request, bus, options)
    for (const { request, reopens } of options.repairs ?? []) {
      await schedule(request, bus, { ...options, observe: reopening(options.observe, reopens) })
    }
    await compareIncidents(bus, options)
    await bus.drained()
    const topics = [config.scheduleTopic, config.venueDaysTopic, config.tablesTopic]
    return { deadLetters, left: topics.reduce((sum, topic) => sum + bus.left(topic), 0) }
  } finally {
    signal.removeEventListener('abort', stop)
    await bus.close()
  }
}

/** The venue-day of a repair is counted already, among those of the requests; but it is not complete any more. */
function reopening(observe: Observer, reopens: boolean): Observer {
  return event =>
    observe(event.kind === 'scheduled' ? { ...event, venueDays: 0, alreadyComplete: reopens ? -1 : 0 } : event)
}

/** Calls schedule directly instead of by a message, so that its failure ends the run. */
async function schedule(request: ScheduleRequest, bus: Bus, options: PipelineOptions): Promise<void> {
  const { signal } = options
  if (signal.aborted) return
  const delivery = { id: crypto.randomUUID(), data: Buffer.from(JSON.stringify(request)) }
  try {
    const outcome = await handleSchedule(delivery, servicesOf(options, bus))
    if (outcome.outcome === 'rejected') throw new Error(outcome.reason)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** What a scheduled run does for the last 90 days, for the days of the requests: a complete day is not planned again. */
async function compareIncidents(bus: Bus, { requests, config, signal }: PipelineOptions): Promise<void> {
  for (const request of requests) {
    const resolved = resolveRequest(request, dayOf(systemClock.now()), config)
    if (signal.aborted || !resolved.ok) continue
    await publishChecksOf(resolved.wanted.venues, resolved.wanted, { publisher: bus, config })
  }
}

function createBus(options: PipelineOptions, onDeadLetter: (letter: DeadLetter) => void): Bus {
  const { config, isLocal, log, signal } = options
  const pace = createManifestPace(systemClock, isLocal ? 0 : undefined)
  const recorded = (receiver: string, work: (delivery: Delivery) => Promise<Outcome>) => async (delivery: Delivery) => {
    try {
      await recordRejected(receiver, delivery, await work(delivery), options)
    } catch (error) {
      const isLast = delivery.attempt === MAX_ATTEMPTS
      if (!signal.aborted && !isLast) log.warn(`retrying ${nameOf(delivery)}`, { ...about(delivery), error })
      throw error
    }
  }
  const bus: Bus = new Bus({
    maxAttempts: MAX_ATTEMPTS,
    onDeadLetter: letter => {
      log.error(`gave up ${nameOf(letter)} after ${letter.attempts} attempts`, {
        ...about({ ...letter, attempt: letter.attempts }),
        error: letter.error,
      })
      onDeadLetter(letter)
    },
    subscriptions: [
      {
        topic: config.scheduleTopic,
        concurrency: 1,
        handler: recorded('schedule', delivery => handleSchedule(delivery, servicesOf(options, bus))),
      },
      {
        topic: config.venueDaysTopic,
        concurrency: BATCHES_AT_ONCE,
        handler: recorded('fetch', delivery => handleVenueDay(delivery, servicesOf(options, bus))),
      },
      {
        topic: config.tablesTopic,
        concurrency: 1,
        handler: recorded('tables', delivery =>
          handleTablesRequest(delivery, { ...servicesOf(options, bus), root: options.tablesRoot }),
        ),
      },
      {
        topic: config.completionsTopic,
        concurrency: COMPLETIONS_AT_ONCE,
        handler: recorded('aggregate', delivery =>
          handleCompletion(delivery, { ...servicesOf(options, bus), pace, signal: undefined }),
        ),
      },
    ],
  })
  return bus
}

function servicesOf(
  { requests, repairs, isLocal, tablesRoot, ...own }: PipelineOptions,
  publisher: Publisher,
): Services {
  return { ...own, publisher, convert, clock: systemClock, random: Math.random }
}

/** What a message is for, in a few words. */
function nameOf({ data }: Pick<Delivery, 'data'>): string {
  const { venue, batch, index, incidentsSince, tables } = messageOf(data)
  if (venue === undefined) return 'a schedule request'
  if (tables !== undefined) return 'the copies of what a batch replaces'
  if (incidentsSince !== undefined) return 'the incidents of a venue'
  return batch ? 'a batch' : index === undefined ? 'the plan of a venue-day' : 'the manifest of a venue-day'
}

/** Which venue-day or batch a message is about, as fields. */
export function about({ topic, data, attempt }: Pick<Delivery, 'topic' | 'data' | 'attempt'>) {
  const { venue, date, batch, plan, index } = messageOf(data)
  return { topic, attempt, venue, date, ...(batch ?? { plan, index }) }
}

/** What the pipeline's messages hold, as far as it is logged. */
interface Message {
  readonly venue?: string
  readonly date?: string
  readonly batch?: { readonly plan: string; readonly index: number }
  readonly plan?: string
  readonly index?: number
  readonly incidentsSince?: string
  readonly tables?: string
}

function messageOf(data: Uint8Array): Message {
  return JSON.parse(new TextDecoder().decode(data))
}
