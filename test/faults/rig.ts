import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { handleCompletion } from '../../functions/aggregate/handler.ts'
import { createManifestPace } from '../../functions/aggregate/pace.ts'
import { type GcsServer, startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { openLedger } from '../../functions/ledger/ledger.ts'
import { recordRejected } from '../../functions/ledger/rejected.ts'
import { Bus, type DeadLetter, type Delivery } from '../../functions/local/pipeline/bus.ts'
import { DAY_MS } from '../../functions/market/days.ts'
import type { Publisher } from '../../functions/pubsub/publisher.ts'
import { type Config, readConfig } from '../../functions/runtime/config/config.ts'
import { handleSchedule } from '../../functions/schedule/handler.ts'
import type { Bucket } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { createVendor, type Vendor } from '../../functions/tardis/vendor.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { type FaultyVendor, startFaultyVendor } from '../support/faulty-vendor.ts'
import { type HurryingClock, hurryingClock } from '../support/hurrying-clock.ts'
import { SMALLEST_BUFFERS, servicesFor } from '../support/services.ts'
import { type Listening, listening } from './listening-log.ts'
import { CHUNK_BYTES, DAY, KEY } from './market.ts'

type ClosableBucket = Bucket & { close(): Promise<void> }

/** The vendor's timeouts are short, so that a stall is over soon; undici's clock for them ticks twice a second. */
const TIMEOUTS = { connectMs: 2_000, headersMs: 300, bodyMs: 300 }
const FLOOR = { bytes: 2_000, windowMs: 150 }

/**
 * The whole pipeline over loopback servers: a vendor, a bucket that is a folder, behind a proxy, and the in-process bus.
 * Nothing waits in it; a deadline ends when a test ends it. Faults are planted in `vendor`, `proxy` and the functions below.
 */
export class Rig {
  readonly folder: string
  readonly server: GcsServer
  readonly proxy: FaultProxy
  readonly vendor: FaultyVendor
  /** Past the proxy: what is really there. */
  readonly truth: ClosableBucket
  readonly clock: HurryingClock = hurryingClock()
  readonly log: Listening
  readonly deadLetters: DeadLetter[] = []
  readonly deliveries: Delivery[] = []
  /** More than any case needs: a pipeline that goes on after this many does not come to an end. */
  maxDeliveries = 2_000
  config: Config
  /** Called around each publishing; what it throws is the publisher's failure. */
  aroundPublish: (topic: string, when: 'before' | 'after') => void = () => {}
  /** How often each message is delivered at once. */
  copies = 1
  shuffle = false
  /** How many venue-days and batches are worked on at once. */
  #instances = 2
  /** Called before each delivery. */
  beforeDelivery: (delivery: Delivery) => void | Promise<void> = () => {}
  /** Another address for datasets than the vendor's. */
  datasetsUrl: string | undefined
  signal: AbortSignal | undefined
  /** Whether clients wait as long as when deployed. Without, a stall is over soon, and so may be a slow machine's answer. */
  #patient = false
  readonly #opened: { close(): Promise<void> }[] = []
  bucket: ClosableBucket
  #bus: Bus
  #client: Vendor | undefined

  private constructor(folder: string, server: GcsServer, proxy: FaultProxy, vendor: FaultyVendor, log: Listening) {
    this.folder = folder
    this.server = server
    this.proxy = proxy
    this.vendor = vendor
    this.log = log
    this.config = readConfig({
      VENUES: DAY.venue,
      DATA_TYPES: 'trades',
      BATCH_SIZE: '2',
      TARDIS_API_KEY: KEY,
      TARDIS_API_URL: vendor.apiUrl,
      TARDIS_DATASETS_URL: vendor.datasetsUrl,
    })
    this.bucket = this.openBucket()
    this.truth = this.openBucket(server.endpoint)
    this.#bus = this.#newBus()
  }

  static async start(files: ReadonlyMap<string, Buffer>): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'faults-'))
    const server = await startGcsServer({ folder, bucket: 'ticks' })
    const [proxy, vendor] = await Promise.all([startFaultProxy(server.endpoint), startFaultyVendor(files, KEY)])
    return new Rig(folder, server, proxy, vendor, await listening([KEY]))
  }

  async close(): Promise<void> {
    await this.#bus.close()
    await this.#client?.close()
    for (const { close } of this.#opened) await close()
    await this.proxy.close()
    await this.vendor.close()
    await this.server.close()
    await rm(this.folder, { recursive: true })
  }

  /** A client of the bucket, as an instance has it. */
  openBucket(apiEndpoint = this.proxy.endpoint): ClosableBucket {
    const retry = { retryBudgetMs: 400, retryDelayMs: 1, silenceMs: 300 }
    const options = apiEndpoint === this.proxy.endpoint && !this.#patient ? retry : {}
    const bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint, chunkBytes: CHUNK_BYTES, ...options })
    this.#opened.push(bucket)
    return bucket
  }

  /** For faults that do not keep anyone waiting: from here on nothing depends on how fast the machine is. */
  bePatient(): void {
    this.#patient = true
    this.bucket = this.openBucket()
  }

  /** One batch after the other: for faults that decide what happens to the batches after them. */
  async useOneInstance(): Promise<void> {
    this.#instances = 1
    await this.#bus.close()
    this.#bus = this.#newBus()
  }

  /** What an instance is handed. */
  get services() {
    return servicesFor({
      bucket: this.bucket,
      publisher: this.publisher,
      vendor: this.#vendorClient(),
      config: this.config,
      buffers: () => ({ ...SMALLEST_BUFFERS, uploadChunkBytes: CHUNK_BYTES }),
      clock: this.clock,
      log: this.log.log,
      pace: createManifestPace(this.clock, 0),
      deadlineMs: 400_000,
      ...(this.signal && { signal: this.signal }),
    })
  }

  readonly publisher: Publisher = {
    publish: async (topic, message, options) => {
      this.aroundPublish(topic, 'before')
      const id = await this.#bus.publish(topic, message, options)
      this.aroundPublish(topic, 'after')
      return id
    },
    publishMany: async (topic, messages, options) => {
      let count = 0
      for await (const message of messages) {
        await this.publisher.publish(topic, message, options)
        count += 1
      }
      return count
    },
  }

  /** Asks for the day, and lets everything come of it. */
  async run(request: object = {}): Promise<void> {
    await this.schedule(request)
    await this.drained()
  }

  async schedule(request: object = {}): Promise<void> {
    const message = { venues: [DAY.venue], startDate: DAY.date, endDate: DAY.date, ...request }
    await handleSchedule({ id: crypto.randomUUID(), data: Buffer.from(JSON.stringify(message)) }, this.services)
  }

  /** Hands bytes to a function, as a message that the project did not publish. */
  async push(
    name: 'schedule' | 'fetch' | 'aggregate',
    data: Uint8Array,
    id: string = crypto.randomUUID(),
  ): Promise<void> {
    const handle = { schedule: handleSchedule, fetch: handleVenueDay, aggregate: handleCompletion }[name]
    await recordRejected(name, { id, data }, await handle({ id, data }, this.services), this.services)
    await this.drained()
  }

  /** One delivery, handled by an instance of its own. */
  async deliver(delivery: Delivery): Promise<void> {
    await this.beforeDelivery(delivery)
    const isVenueDay = delivery.topic === this.config.venueDaysTopic
    const handle = async () => {
      const outcome = await (isVenueDay ? handleVenueDay : handleCompletion)(delivery, this.services)
      await recordRejected(isVenueDay ? 'fetch' : 'aggregate', delivery, outcome, this.services)
    }
    const copies = Array.from({ length: this.copies }, handle)
    const failure = (await Promise.allSettled(copies)).find(copy => copy.status === 'rejected')
    if (failure) throw failure.reason
  }

  publish(topic: string, message: object): Promise<string> {
    return this.#bus.publish(topic, message)
  }

  /** Resolves when no message is left. Rejects after `maxDeliveries`, with the message that was to be delivered next. */
  async drained(): Promise<void> {
    await this.#bus.drained()
    const next = this.deliveries.at(this.maxDeliveries)
    if (!next) return
    const text = `${next.topic}: ${Buffer.from(next.data).toString()}`
    assert.fail(`messages are left after ${this.maxDeliveries} deliveries; the next message is of ${text}`)
  }

  /** Nothing is wrong any more, the network between us and everything is new, and no block of the vendor is in force. */
  async heal(): Promise<void> {
    await this.#bus.close()
    await this.#client?.close()
    this.#client = undefined
    this.vendor.heal()
    this.proxy.choose = () => undefined
    this.aroundPublish = () => {}
    this.beforeDelivery = () => {}
    this.copies = 1
    this.datasetsUrl = undefined
    this.signal = undefined
    this.clock.advance(DAY_MS)
    this.bePatient()
    this.#bus = this.#newBus()
  }

  ledger() {
    return openLedger(this.truth, this.config.gcsPrefix)
  }

  #vendorClient(): Vendor {
    this.#client ??= createVendor({
      apiUrl: this.vendor.apiUrl,
      datasetsUrl: this.datasetsUrl ?? this.vendor.datasetsUrl,
      apiKey: this.config.tardisApiKey,
      log: this.log.log,
      ...(!this.#patient && { timeouts: TIMEOUTS, floor: FLOOR }),
      clock: this.clock,
      random: () => 0.5,
    })
    return this.#client
  }

  #newBus(): Bus {
    const handler = async (delivery: Delivery) => {
      this.deliveries.push(delivery)
      // Nothing is published any more, so that the bus gives up what is left.
      if (this.deliveries.length > this.maxDeliveries) throw new Error('not delivered: too many were before')
      await this.deliver(delivery)
    }
    return new Bus({
      clock: this.clock,
      shuffle: this.shuffle,
      onDeadLetter: letter => this.deadLetters.push(letter),
      subscriptions: [
        { topic: this.config.venueDaysTopic, handler, concurrency: this.#instances },
        { topic: this.config.completionsTopic, handler, concurrency: 4 },
      ],
    })
  }
}
