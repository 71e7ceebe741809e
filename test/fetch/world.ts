import assert from 'node:assert/strict'
import { handleCompletion } from '../../functions/aggregate/handler.ts'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { handleTablesRequest } from '../../functions/iceberg/handler.ts'
import type { Manifest } from '../../functions/ledger/manifest.ts'
import { OpenRequests } from '../../functions/ledger/open-requests.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import type { Receipt } from '../../functions/ledger/receipt.ts'
import { recordRejected } from '../../functions/ledger/rejected.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import type { PipelineEvent } from '../../functions/runtime/events.ts'
import type { Log, LogFields } from '../../functions/runtime/log/log.ts'
import { handleSchedule } from '../../functions/schedule/handler.ts'
import { type AllServices, SMALLEST_BUFFERS, servicesFor } from '../support/services.ts'
import { detailsOf, FakeVendor, fakeConvert } from './fake-vendor.ts'
import { TestClock } from './test-clock.ts'
import { WatchedBucket } from './watched-bucket.ts'

export const DAY = { venue: 'binance', date: '2024-08-08' }
export const LEDGER = '_ledger/venue=binance/date=2024-08-08'
export const CONFIG = readConfig({ DATA_TYPES: 'trades', VENUES: 'binance' })

export interface MessageValue {
  readonly venue: string
  readonly date: string
  readonly batch?: { readonly plan: string; readonly index: number }
  readonly incidentsSince?: string
}

export interface Message {
  readonly id: string
  readonly topic: string
  readonly value: MessageValue
}

/** Bucket, topics and vendor of one test, with what happened in them. */
export class World {
  readonly bucket = new WatchedBucket()
  readonly vendor = new FakeVendor()
  readonly clock = new TestClock()
  readonly queue: Message[] = []
  readonly published: Message[] = []
  readonly events: PipelineEvent[] = []
  buffers = SMALLEST_BUFFERS
  readonly logged: { level: string; message: string; fields: LogFields | undefined }[] = []
  config = CONFIG
  convert = fakeConvert
  signal: AbortSignal | undefined
  /** As deployed; false as on a laptop. */
  keepsRequests = false
  #lastId = 0
  beforePublish: (topic: string) => void = () => {}
  afterPublish: (topic: string) => void = () => {}

  /** What an instance works with: its pace of writes is its own. */
  get services(): AllServices {
    return servicesFor({
      bucket: this.bucket,
      vendor: this.vendor,
      publisher: this.publisher,
      convert: this.convert,
      config: this.config,
      buffers: () => this.buffers,
      clock: this.clock,
      log: this.log,
      observe: event => this.events.push(event),
      keepsRequests: this.keepsRequests,
      ...(this.keepsRequests && { openRequests: new OpenRequests(this.clock) }),
      ...(this.signal && { signal: this.signal }),
    })
  }

  readonly publisher = {
    publish: async (topic: string, value: object) => {
      this.beforePublish(topic)
      const message = { id: `m${++this.#lastId}`, topic, value: structuredClone(value) as MessageValue }
      this.queue.push(message)
      this.published.push(message)
      this.afterPublish(topic)
      return message.id
    },
    publishMany: async (topic: string, values: Iterable<object> | AsyncIterable<object>) => {
      let count = 0
      for await (const value of values) {
        await this.publisher.publish(topic, value)
        count += 1
      }
      return count
    },
  }

  readonly log: Log = {
    debug: (message, fields) => this.logged.push({ level: 'debug', message, fields }),
    info: (message, fields) => this.logged.push({ level: 'info', message, fields }),
    warn: (message, fields) => this.logged.push({ level: 'warn', message, fields }),
    error: (message, fields) => this.logged.push({ level: 'error', message, fields }),
    child: () => this.log,
  }

  async fetch(value: object, id = 'fetch-1') {
    const delivery = { id, data: Buffer.from(JSON.stringify(value)) }
    const outcome = await handleVenueDay(delivery, this.services)
    await recordRejected('fetch', delivery, outcome, this.services)
    return outcome
  }

  async aggregate(value: object, id = 'aggregate-1') {
    const delivery = { id, data: Buffer.from(JSON.stringify(value)) }
    const outcome = await handleCompletion(delivery, this.services)
    await recordRejected('aggregate', delivery, outcome, this.services)
    return outcome
  }

  async tables(value: object = { tables: 'refresh' }, id = 'tables-1') {
    const delivery = { id, data: Buffer.from(JSON.stringify(value)) }
    const outcome = await handleTablesRequest(delivery, this.services)
    await recordRejected('aggregate', delivery, outcome, this.services)
    return outcome
  }

  async schedule(value: object, id = 'schedule-1') {
    const delivery = { id, data: Buffer.from(JSON.stringify(value)) }
    const outcome = await handleSchedule(delivery, this.services)
    await recordRejected('schedule', delivery, outcome, this.services)
    return outcome
  }

  /**
   * Delivers what is queued, and what comes of it, until nothing is left; a rejected message up to five times.
   * @throws AssertionError where more than `maxDeliveries` are needed
   */
  async drain(maxDeliveries = 1_000): Promise<void> {
    const failures = new Map<Message, number>()
    let deliveries = 0
    for (let message = this.queue.shift(); message; message = this.queue.shift()) {
      const next = `the next message is ${message.id} of ${message.topic}: ${JSON.stringify(message.value)}`
      assert.ok(++deliveries <= maxDeliveries, `messages are left after ${maxDeliveries} deliveries; ${next}`)
      try {
        await this.deliver(message)
      } catch {
        const count = (failures.get(message) ?? 0) + 1
        failures.set(message, count)
        if (count < 5) this.queue.push(message)
      }
    }
  }

  async deliver({ id, topic, value }: Message): Promise<unknown> {
    if (topic === this.config.scheduleTopic) return this.schedule(value, id)
    if (topic === this.config.tablesTopic) return this.tables(value, id)
    return topic === this.config.venueDaysTopic ? this.fetch(value, id) : this.aggregate(value, id)
  }

  /** Throws where there is none yet. */
  manifest(): Manifest {
    return this.bucket.json(`${LEDGER}/manifest.json`) as Manifest
  }

  plan(): Plan | undefined {
    return this.bucket.json(`${LEDGER}/plan.json`) as Plan | undefined
  }

  receipts(): Receipt[] {
    const names = [...this.bucket.contents().keys()].filter(name => name.startsWith(`${LEDGER}/receipts/`)).sort()
    return names.map(name => this.bucket.json(name) as Receipt)
  }

  /** Item → status, as the manifest has it. */
  statuses(): Record<string, string> {
    return Object.fromEntries(this.manifest().items.map(item => [`${item.dataType}/${item.symbol}`, item.status]))
  }

  assertNothingOpen(): void {
    assert.equal(this.bucket.openWriters, 0, 'uploads left open')
    assert.equal(this.vendor.openBodies, 0, 'bodies left open')
    assert.equal(this.clock.timers.size, 0, 'timers left behind')
  }
}

const SYMBOLS = { A: ['trades'], B: ['trades'], C: ['trades'], D: ['trades'], E: ['trades'] }

/** A world whose vendor has these symbols' data types. */
export function worldOf(symbols: Readonly<Record<string, string[]>> = SYMBOLS, batchSize = 2): World {
  const world = new World()
  world.vendor.details = detailsOf(symbols)
  world.config = { ...CONFIG, batchSize }
  return world
}
