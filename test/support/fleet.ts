import assert from 'node:assert/strict'
import { handleCompletion } from '../../functions/aggregate/handler.ts'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { OpenRequests } from '../../functions/ledger/open-requests.ts'
import { VendorGuard } from '../../functions/ledger/vendor-guard.ts'
import type { Config } from '../../functions/runtime/config/config.ts'
import type { Clock } from '../../functions/runtime/deadline.ts'
import { handleSchedule } from '../../functions/schedule/handler.ts'
import { rememberExchanges } from '../../functions/tardis/exchange-memory.ts'
import { createVendor, type Vendor } from '../../functions/tardis/vendor.ts'
import { MemoryBucket } from './memory-bucket.ts'
import { servicesFor } from './services.ts'
import { SILENT } from './silent-log.ts'

/** As max_delivery_attempts in infra/variables.tf. */
const MAX_ATTEMPTS = 50
const FUNCTIONS = ['schedule', 'fetch', 'aggregate'] as const
type FunctionName = (typeof FUNCTIONS)[number]

interface Message {
  readonly id: string
  readonly data: Uint8Array
  attempts: number
}

/**
 * The deployed functions in this process, over real requests to a vendor: several instances of fetch, each with a client and a guard of
 * its own, one of schedule and one of aggregate, on one bucket. A rejected message comes again at once.
 */
export class Fleet {
  readonly bucket = new MemoryBucket()
  readonly deadLetters: Message[] = []
  deliveries = 0
  maxAttempts = 0
  readonly #config: Config
  readonly #clock: Clock
  readonly #vendors: readonly Vendor[]
  readonly #queues: Readonly<Record<FunctionName, Message[]>> = { schedule: [], fetch: [], aggregate: [] }
  readonly #instances: readonly {
    readonly name: FunctionName
    readonly handle: (message: Message) => Promise<unknown>
  }[]
  #lastId = 0
  #mostDeliveries = 0

  constructor(instances: number, config: Config, clock: Clock) {
    this.#config = config
    this.#clock = clock
    this.#vendors = Array.from({ length: instances }, () => this.#vendor())
    const shared = this.#services(this.#vendors[0]!)
    this.#instances = [
      { name: 'schedule', handle: message => handleSchedule(message, { ...shared, keepsRequests: true }) },
      { name: 'aggregate', handle: message => handleCompletion(message, shared) },
      ...this.#vendors.map(vendor => {
        const own = {
          ...this.#services(vendor),
          guard: new VendorGuard({ clock, config, stopsWhenDown: true }),
          openRequests: new OpenRequests(clock),
        }
        return { name: 'fetch' as const, handle: (message: Message) => handleVenueDay(message, own) }
      }),
    ]
  }

  publish(to: FunctionName, message: object): string {
    const id = `m${++this.#lastId}`
    this.#queues[to].push({ id, data: Buffer.from(JSON.stringify(message)), attempts: 0 })
    return id
  }

  /**
   * Works on what is queued, with all instances at once, until nothing is left.
   * @throws AssertionError where more than `maxDeliveries` are needed
   */
  async drain(maxDeliveries = 5_000): Promise<void> {
    this.#mostDeliveries = this.deliveries + maxDeliveries
    while (FUNCTIONS.some(name => this.#queues[name].length > 0)) {
      await Promise.all(this.#instances.map(({ name, handle }) => this.#work(this.#queues[name], handle)))
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#vendors.map(vendor => vendor.close()))
  }

  async #work(queue: Message[], handle: (message: Message) => Promise<unknown>): Promise<void> {
    for (let message = queue.shift(); message; message = queue.shift()) {
      this.deliveries += 1
      assert.ok(this.deliveries <= this.#mostDeliveries, `messages are left, such as ${Buffer.from(message.data)}`)
      message.attempts += 1
      this.maxAttempts = Math.max(this.maxAttempts, message.attempts)
      try {
        await handle(message)
      } catch {
        if (message.attempts < MAX_ATTEMPTS) queue.push(message)
        else this.deadLetters.push(message)
      }
    }
  }

  #vendor(): Vendor {
    const { tardisApiUrl: apiUrl, tardisDatasetsUrl: datasetsUrl, tardisApiKey: apiKey } = this.#config
    const connections = this.#config.downloadMaxConnections
    const vendor = createVendor({ apiUrl, datasetsUrl, apiKey, connections, log: SILENT, clock: this.#clock })
    return rememberExchanges(vendor, { clock: this.#clock })
  }

  #services(vendor: Vendor) {
    return servicesFor({
      bucket: this.bucket,
      vendor,
      config: this.#config,
      clock: this.#clock,
      publisher: {
        publish: async (topic, message) => this.publish(this.#functionOf(topic), message),
        publishMany: async (topic, messages) => {
          let count = 0
          for await (const message of messages) {
            this.publish(this.#functionOf(topic), message)
            count += 1
          }
          return count
        },
      },
    })
  }

  #functionOf(topic: string): FunctionName {
    if (topic === this.#config.scheduleTopic) return 'schedule'
    return topic === this.#config.venueDaysTopic ? 'fetch' : 'aggregate'
  }
}
