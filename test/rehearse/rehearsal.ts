import { handleCompletion } from '../../functions/aggregate/handler.ts'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { OpenRequests } from '../../functions/ledger/open-requests.ts'
import { VendorGuard } from '../../functions/ledger/vendor-guard.ts'
import { cut } from '../../functions/local/cli/backfill/requests.ts'
import { addDays, DAY_MS } from '../../functions/market/days.ts'
import { venueDayKey } from '../../functions/market/items.ts'
import { type Config, readConfig } from '../../functions/runtime/config/config.ts'
import type { PipelineEvent } from '../../functions/runtime/events.ts'
import { handleSchedule } from '../../functions/schedule/handler.ts'
import { rememberExchanges } from '../../functions/tardis/exchange-memory.ts'
import { Chance } from '../faults/model/chance.ts'
import { type AllServices, servicesFor } from '../support/services.ts'
import { Archive } from './archive.ts'
import { RehearsalBucket } from './bucket.ts'
import { createConverter } from './converter.ts'
import { COSTS } from './costs.ts'
import { Fleet, type Handle, type Message } from './fleet.ts'
import { type Scenario, sampled } from './scenario.ts'
import { States } from './states.ts'
import { Subscription } from './subscription.ts'
import { createVendorClient, VendorServers } from './vendor.ts'
import { VirtualTime } from './virtual-time.ts'
import { Waits } from './waits.ts'

const START = '2026-01-01'
/** As schedule_cron in infra/variables.tf. */
const SCHEDULED_HOURS = [7.5, 13.5, 19.5]
const LOOK_EVERY_MS = 60_000

export type FunctionName = 'schedule' | 'fetch' | 'aggregate'

/** The whole system with everything around it: a backfill of an archive, in virtual time. */
export class Rehearsal {
  readonly scenario: Scenario
  readonly time = new VirtualTime(Date.parse(START))
  readonly startMs = this.time.now()
  readonly archive: Archive
  readonly config: Config
  readonly bucket: RehearsalBucket
  readonly servers: VendorServers
  readonly waits = new Waits(this.time)
  readonly fleets: Readonly<Record<FunctionName, Fleet>>
  readonly subscriptions: Readonly<Record<FunctionName, Subscription>>
  readonly states = new States()
  readonly complete = new Set<string>()
  #lastProgressMs = this.startMs
  /** True where it was ended before it was clear whether everything becomes complete. */
  isOutOfTime = false
  convertedBytes = 0
  convertedItems = 0
  #lastId = 0
  readonly #chance: Chance

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.#chance = new Chance(scenario.seed)
    const days = sampled(scenario.days, scenario)
    this.archive = new Archive({ venues: scenario.venues, days, lastDay: addDays(START, -2) })
    const count = sampled(scenario.venues, scenario)
    // Of all sizes.
    const daily = Array.from(
      { length: count },
      (_, at) => this.archive.venues[Math.floor(((at + 0.5) * scenario.venues) / count)],
    )
    this.config = readConfig({ VENUES: daily.join(','), TARDIS_API_KEY: 'rehearsed-key', ...scenario.env })
    const { failures, bucketSlowness: slowness } = scenario
    this.bucket = new RehearsalBucket(this.time, this.#chance, { failures, slowness })
    this.servers = new VendorServers(this.time, this.#chance, {
      ...scenario,
      requestsPerSecond: scenario.requestsPerSecond * scenario.sample,
      dailyBytes: scenario.dailyBytes * scenario.sample,
    })
    this.fleets = {
      schedule: this.#fleet(scenario.scheduleInstances, signal => this.#schedule(signal)),
      fetch: this.#fleet(scenario.fetchInstances, signal => this.#fetch(signal)),
      aggregate: this.#fleet(scenario.aggregateInstances, signal => this.#aggregate(signal)),
    }
    this.subscriptions = {
      schedule: this.#subscription(this.fleets.schedule),
      fetch: this.#subscription(this.fleets.fetch),
      aggregate: this.#subscription(this.fleets.aggregate),
    }
  }

  get isComplete(): boolean {
    return this.complete.size >= this.archive.venueDays
  }

  get elapsedDays(): number {
    return (this.time.now() - this.startMs) / DAY_MS
  }

  /** Asks for the whole archive as `tick-handler backfill` does, and goes on until it is complete or nothing changes any more. */
  async run(): Promise<void> {
    const { firstDay: startDate, lastDay: endDate, venues } = this.archive
    for (const { request } of cut({ venues: [...venues], startDate, endDate })) this.#publish('schedule', request)
    this.#everyDay(0)
    for (const day of this.scenario.deployments) this.time.setTimeout(() => this.#deploy(), day * DAY_MS)
    this.#watch()
    const maxIdleMs = this.scenario.maxIdleDays * DAY_MS
    const endsAtMs = performance.now() + this.scenario.maxSeconds * 1_000
    await this.time.run(() => {
      this.isOutOfTime = performance.now() > endsAtMs
      return this.isComplete || this.isOutOfTime || this.time.now() - this.#lastProgressMs > maxIdleMs
    })
  }

  #everyDay(day: number): void {
    for (const hour of SCHEDULED_HOURS) {
      this.time.setTimeout(() => this.#publish('schedule', {}), (hour / 24) * DAY_MS)
    }
    this.time.setTimeout(() => this.#everyDay(day + 1), DAY_MS)
  }

  #watch(): void {
    this.states.look(this, Math.floor(this.time.now() / DAY_MS))
    this.time.setTimeout(() => this.#watch(), LOOK_EVERY_MS)
  }

  #deploy(): void {
    for (const fleet of Object.values(this.fleets)) fleet.deploy()
  }

  #fleet(instances: number, create: (signal: AbortSignal) => Handle): Fleet {
    return new Fleet(sampled(instances, this.scenario), this.time, create)
  }

  #subscription(fleet: Fleet): Subscription {
    const { maxDeliveryAttempts: maxAttempts, failures: lostAcks } = this.scenario
    return new Subscription(this.time, this.#chance, fleet, { maxAttempts, lostAcks })
  }

  #publish(to: FunctionName, message: object): string {
    const id = `m${++this.#lastId}`
    this.subscriptions[to].publish(id, message)
    return id
  }

  /** Which function a topic feeds. */
  #functionOf(topic: string): FunctionName {
    if (topic === this.config.scheduleTopic) return 'schedule'
    return topic === this.config.venueDaysTopic ? 'fetch' : 'aggregate'
  }

  readonly #publisher = {
    publish: async (topic: string, message: object) => {
      await this.time.wait(COSTS.publishMs.value)
      return this.#publish(this.#functionOf(topic), message)
    },
    publishMany: async (topic: string, messages: Iterable<object> | AsyncIterable<object>) => {
      let count = 0
      for await (const message of messages) {
        if (count % 100 === 0) await this.time.wait(COSTS.publishMs.value)
        this.#publish(this.#functionOf(topic), message)
        count += 1
      }
      return count
    },
  }

  #services(own: Partial<AllServices>): AllServices {
    return servicesFor({
      bucket: this.bucket.seenBy(undefined),
      publisher: this.#publisher,
      vendor: createVendorClient({ ...this, chance: this.#chance }),
      config: this.config,
      watch: { batchFinished: () => ({}) },
      clock: this.time,
      random: () => this.#chance.next(),
      ...own,
    })
  }

  #schedule(signal: AbortSignal): Handle {
    const services = this.#services({ signal, keepsRequests: true })
    return message => handleSchedule(message, services)
  }

  #fetch(signal: AbortSignal): Handle {
    const { time, waits } = this
    const vendor = createVendorClient({ ...this, chance: this.#chance })
    const services = this.#services({
      signal,
      bucket: this.bucket.seenBy(waits),
      vendor: rememberExchanges(vendor, { clock: time }),
      observe: event => this.#observe(event),
      openRequests: new OpenRequests(time),
      guard: new VendorGuard({ clock: time, config: this.config, stopsWhenDown: true }),
      convert: createConverter({
        time,
        waits,
        cpus: this.scenario.fetchCpus,
        onBytes: bytes => this.#converted(bytes),
      }),
    })
    return (message: Message) => handleVenueDay(message, services)
  }

  #aggregate(signal: AbortSignal): Handle {
    const services = this.#services({ signal, observe: event => this.#observe(event) })
    return message => handleCompletion(message, services)
  }

  #converted(bytes: number): void {
    this.convertedBytes += bytes
    this.convertedItems += 1
  }

  #observe(event: PipelineEvent): void {
    if (event.kind === 'batch-finished') this.bucket.dropData(event)
    if (event.kind !== 'manifest' || event.status !== 'complete') return
    // A scheduled run asks for other days too.
    if (event.date < this.archive.firstDay || event.date > this.archive.lastDay) return
    this.complete.add(venueDayKey(event))
    this.#lastProgressMs = this.time.now()
  }
}
