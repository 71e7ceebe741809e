/** Fetch's handler over real clients of a bucket and a vendor, batch after batch, as one instance; reports as JSON. */
import { performance } from 'node:perf_hooks'
import { Writable } from 'node:stream'
import { handleVenueDay } from '../../../functions/fetch/handler.ts'
import { budgetOf } from '../../../functions/fetch/process-memory.ts'
import { judgeGrowth, type LeakVerdict, type MemorySample } from '../../../functions/local/monitor/leak.ts'
import { readConfig } from '../../../functions/runtime/config/config.ts'
import { createLogger } from '../../../functions/runtime/log/logger.ts'
import { garbageCollector } from '../../../functions/runtime/memory/garbage.ts'
import { readMemoryUsage, residentBytes } from '../../../functions/runtime/memory/usage.ts'
import { createMemoryWatch } from '../../../functions/runtime/memory/watch.ts'
import { createGcsBucket } from '../../../functions/storage/gcs.ts'
import { createVendor } from '../../../functions/tardis/vendor.ts'
import { forgetIdleKernels } from '../../../functions/ticks/kernel.ts'
import { servicesFor } from '../../support/services.ts'
import { VENUE } from './market.ts'

export interface Order {
  readonly gcsEndpoint: string
  readonly apiUrl: string
  readonly datasetsUrl: string
  readonly dataType: string
  readonly batchSize: number
  /** One venue-day after the other. */
  readonly dates: readonly string[]
  /** Whether memory is watched, by venue-day; the last counts for those that follow. */
  readonly watched: readonly boolean[]
  /** A planted leak: so many bytes are kept of each batch. */
  readonly leakedBytes?: number
}

/** A venue-day. */
export interface Run {
  readonly watched: boolean
  readonly rows: number
  readonly ms: number
}

export interface Outcome {
  readonly batches: number
  readonly seconds: number
  /** Resident memory and V8's heap after garbage was collected, at batch 10, at every tenth of the batches, and at the last. */
  readonly readings: readonly { readonly batch: number; readonly rssBytes: number; readonly heapBytes: number }[]
  readonly runs: readonly Run[]
  /** What one look at memory takes. */
  readonly sampleMs: number
  readonly verdict: Pick<LeakVerdict, 'verdict' | 'reason'>
  /** What keeps the process alive once all is closed, beyond what did before all was opened. */
  readonly openAfter: readonly string[]
}

const order = JSON.parse(process.argv[2]!) as Order
const collect = garbageCollector()

/** As low as it gets in a few collections: buffers are freed by a thread of V8's a little later. */
async function residentAtRest(): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    collect()
    await new Promise(resolve => setImmediate(resolve))
    lowest = Math.min(lowest, residentBytes())
  }
  return lowest
}

function without(all: readonly string[], these: readonly string[]): string[] {
  const left = [...these]
  return all.filter(one => {
    const at = left.indexOf(one)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

async function work(): Promise<Omit<Outcome, 'openAfter'>> {
  const config = readConfig({
    DATA_TYPES: order.dataType,
    BATCH_SIZE: String(order.batchSize),
    MEMORY_LIMIT_MB: '256',
    GCS_BUCKET: 'ticks',
    DEADLINE_SECONDS: '3600',
  })
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const log = await createLogger({ level: 'debug', json: true, secrets: [], stream: nowhere })
  const bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint: order.gcsEndpoint })
  const vendor = createVendor({ apiUrl: order.apiUrl, datasetsUrl: order.datasetsUrl, log })
  const { gate, buffers, limitBytes } = budgetOf(config, 1, forgetIdleKernels)
  const queue: object[] = []
  const publisher = {
    publish: async (topic: string, message: object) => {
      if (topic === config.venueDaysTopic) queue.push(message)
      return String(queue.length)
    },
    publishMany: async (topic: string, messages: Iterable<object> | AsyncIterable<object>) => {
      let count = 0
      for await (const message of messages) {
        await publisher.publish(topic, message)
        count += 1
      }
      return count
    },
  }
  const watch = createMemoryWatch({ log, limitBytes })
  const services = servicesFor({ bucket, vendor, publisher, config, gate, buffers, log, random: Math.random })
  const deliver = (message: object, watching: Pick<typeof watch, 'batchFinished'>) => {
    const data = Buffer.from(JSON.stringify(message))
    return handleVenueDay({ id: crypto.randomUUID(), data }, { ...services, watch: watching })
  }

  const readings: Outcome['readings'][number][] = []
  const runs: Run[] = []
  const samples: MemorySample[] = []
  const kept: Buffer[] = []
  let batches = 0
  const startMs = performance.now()
  for (const [d, date] of order.dates.entries()) {
    const watched = order.watched[Math.min(d, order.watched.length - 1)]!
    await deliver({ venue: VENUE, date }, watch)
    const all = queue.splice(0)
    const due = new Set([10, ...Array.from({ length: 10 }, (_, tenth) => Math.ceil((all.length * (tenth + 1)) / 10))])
    let rows = 0
    const watching: Pick<typeof watch, 'batchFinished'> = {
      batchFinished(done, batchLog) {
        rows += done.rows
        if (!watched) return {}
        const figures = watch.batchFinished(done, batchLog)
        samples.push({ at: samples.length, bytes: figures.rssBytes! })
        return figures
      },
    }
    const dayMs = performance.now()
    for (const message of all) {
      const outcome = await deliver(message, watching)
      if (outcome.outcome !== 'batch' || outcome.counts.stored === undefined)
        throw new Error(`${JSON.stringify(message)} came to ${JSON.stringify(outcome)}`)
      batches += 1
      if (order.leakedBytes) kept.push(Buffer.alloc(order.leakedBytes, batches))
      if (due.has(batches))
        readings.push({ batch: batches, rssBytes: await residentAtRest(), heapBytes: process.memoryUsage().heapUsed })
    }
    runs.push({ watched, rows, ms: performance.now() - dayMs })
  }
  const seconds = (performance.now() - startMs) / 1000
  watch.close()
  await vendor.close()
  await bucket.close()
  await log.close()
  return { batches, seconds, readings, runs, sampleMs: timeOfSample(), verdict: judgeGrowth(samples) }
}

function timeOfSample(): number {
  const fromMs = performance.now()
  for (let sample = 0; sample < 200; sample++) readMemoryUsage()
  return (performance.now() - fromMs) / 200
}

const openBefore = process.getActiveResourcesInfo()
const done = await work()
// Sockets that were destroyed are gone in the next turn.
await new Promise(resolve => setImmediate(resolve))
const outcome: Outcome = { ...done, openAfter: without(process.getActiveResourcesInfo(), openBefore) }
console.log(JSON.stringify(outcome))
