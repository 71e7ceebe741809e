import assert from 'node:assert/strict'
import { handleCompletion } from '../../../functions/aggregate/handler.ts'
import { handleVenueDay } from '../../../functions/fetch/handler.ts'
import { OpenRequests } from '../../../functions/ledger/open-requests.ts'
import { VendorGuard } from '../../../functions/ledger/vendor-guard.ts'
import { addDays, DAY_MS, daysFrom } from '../../../functions/market/days.ts'
import { type Config, readConfig } from '../../../functions/runtime/config/config.ts'
import { sleep } from '../../../functions/runtime/deadline.ts'
import { handleSchedule } from '../../../functions/schedule/handler.ts'
import { type Answer, detailsOf, fakeConvert } from '../../fetch/fake-vendor.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { servicesFor } from '../../support/services.ts'
import { Chance } from './chance.ts'
import { CALM, type Course, REQUESTS, type RequestName } from './course.ts'
import { Invariants } from './course-invariants.ts'
import { bucketFailure, Instance, type Point, type Shared } from './instance.ts'
import { LAST_DAYS, LimitedVendor } from './limited-vendor.ts'
import { plantOldFile, textOf } from './old-file.ts'

const DAY = { venue: 'binance', date: '2024-08-08' }
/** The day before the first run, which it asks for by itself, is not exported: no dataset of it is opened. */
const FIRST_RUN_MS = Date.parse('2024-08-20T12:00:00Z')
const CONFIG = readConfig({ VENUES: `${DAY.venue},${LAST_DAYS}`, DATA_TYPES: 'trades', LOOKBACK_DAYS: '1' })
const MAX_ATTEMPTS = 5
/** Deliveries of one message in an outage of the vendor, far below `max_delivery_attempts` of infra. */
const MAX_OUTAGE_ATTEMPTS = 25
/** The longest that Pub/Sub waits before it delivers a message again. */
const BACKOFF_MS = 600_000
const RESPONSE_MS = 150
/** A backfill that needs more scheduled runs than this makes no progress. */
const MAX_RUNS = 60
/** From one round of messages follow some hundreds. */
const MAX_STEPS = 50_000

interface Message {
  readonly topic: string
  readonly id: string
  readonly data: Uint8Array
  attempts: number
  /** Of them, those in an outage of the vendor. */
  outageAttempts: number
}

const NEW = { attempts: 0, outageAttempts: 0 } as const
const BAD_ANSWERS: readonly Answer[] = ['BREAKS', 'DOWN', 'SHORT']

/** Bucket, topics, vendor and instances of one course. */
export class Model {
  readonly bucket = new MemoryBucket()
  readonly invariants: Invariants
  readonly #chance: Chance
  readonly #course: Course
  readonly #left: { crashes: number; stops: number; failures: number; duplicates: number; deadlines: number }
  readonly #points = new Set<Point>()
  readonly #queue: Message[] = []
  /** What the outage of the vendor has rejected, until its next delivery. */
  #later: Message[] = []
  readonly #guard: VendorGuard
  readonly #sent: Message[] = []
  readonly #working = new Map<Instance, Message>()
  readonly vendor: LimitedVendor
  readonly #config: Config
  readonly #maxSteps: number
  readonly #range: { readonly startDate: string; readonly endDate: string }
  #nowMs = FIRST_RUN_MS
  #lastId = 0
  /** Messages given up, and items given up for good: only asking again brings those. */
  givenUp = 0
  steps = 0

  constructor(course: Course, { maxSteps = MAX_STEPS, deadlineMs = CONFIG.deadlineMs } = {}) {
    this.#course = course
    const venues = course.quota > 0 && course.newFiles > 0 ? CONFIG.venues : [DAY.venue]
    this.#config = {
      ...CONFIG,
      venues,
      batchSize: course.batchSize,
      downloadMaxWorkers: course.workers,
      deadlineMs,
    }
    this.#maxSteps = maxSteps
    this.#chance = new Chance(course.seed)
    this.#left = { ...course }
    this.#range = { startDate: addDays(DAY.date, 1 - course.days), endDate: DAY.date }
    this.vendor = new LimitedVendor(course, this.#nowMs)
    this.#guard = new VendorGuard({ clock: { now: () => this.#nowMs }, config: this.#config, stopsWhenDown: true })
    const symbols = Array.from({ length: course.symbols }, (_, n) => `S${n}`)
    this.vendor.details = detailsOf(Object.fromEntries(symbols.map(symbol => [symbol, ['trades']])))
    symbols.forEach((symbol, n) => void this.vendor.answer(`trades/${symbol}`, ...this.#answers(symbol, n)))
    const isForced = course.requests.some(name => 'force' in REQUESTS[name])
    this.invariants = new Invariants(daysFrom(this.#range.startDate, this.#range.endDate), isForced)
    for (const [n, symbol] of symbols.slice(0, course.oldFiles).entries()) {
      this.invariants.see(...plantOldFile(this.bucket, { ...DAY, dataType: 'trades', symbol }, textOf(symbol, n)))
    }
  }

  /** Asks for everything that the course asks for, and has schedule run each day until nothing is left to do. */
  async run(): Promise<void> {
    for (const name of this.#course.requests) this.#ask(name)
    await this.#settle()
    await this.#runDaily(1)
  }

  /** Nothing is wrong any more; somebody asks for the days once more, and then for what an older version wrote. */
  async ask(): Promise<void> {
    Object.assign(this.#left, CALM)
    for (const name of ['all', 'upgrade'] as const) {
      this.#ask(name)
      await this.#settle()
      await this.#runDaily()
    }
  }

  #ask(name: RequestName): void {
    this.#send(CONFIG.scheduleTopic, { venues: [DAY.venue], ...this.#range, ...REQUESTS[name] })
  }

  /** Cloud Scheduler's message, day by day: at least so often, and while a request is open. */
  async #runDaily(minRuns = 0): Promise<void> {
    for (let run = 1; run <= minRuns || this.invariants.openRequests.length > 0; run++) {
      assert.ok(run <= MAX_RUNS, `starved: a request is open after ${MAX_RUNS} scheduled runs`)
      this.#nowMs += DAY_MS
      this.vendor.beginDay(Math.round((this.#nowMs - FIRST_RUN_MS) / DAY_MS), this.#nowMs)
      this.#send(CONFIG.scheduleTopic, {})
      await this.#settle()
    }
  }

  #answers(symbol: string, n: number): Answer[] {
    const text = textOf(symbol, n)
    const bad = Array.from({ length: n < this.#course.badAnswers ? 1 + this.#chance.below(4) : 0 }, () =>
      this.#chance.pick(BAD_ANSWERS),
    )
    return [...bad, text]
  }

  #send(topic: string, value: object): void {
    const message = { topic, id: `m${++this.#lastId}`, data: Buffer.from(JSON.stringify(value)), ...NEW }
    this.#sent.push(message)
    this.#queue.push(message)
  }

  /**
   * Goes on until nothing is under way. The manifests tell all that happened then, unless a message was given up, or was
   * acknowledged half done because the vendor refused everything: then its request brings it back.
   */
  async #settle(): Promise<void> {
    let settling = 0
    while (this.#step()) {
      this.steps += 1
      const left = `${this.#queue.length} messages are left after ${this.#maxSteps} steps`
      assert.ok(++settling <= this.#maxSteps, `it does not come to an end: ${left}`)
      // All that follows from the step happens in microtasks, so that one turn later it is over.
      await new Promise(resolve => setImmediate(resolve))
      if (this.invariants.broken) throw this.invariants.broken
    }
    const [hanging] = this.#working.values()
    assert.ok(!hanging, `a delivery waits for nothing that can happen: ${hanging?.topic} ${hanging?.data}`)
    if (this.givenUp === 0 && !this.vendor.isLimited) this.invariants.atRest({ allPlanned: false })
  }

  /** Something that may happen now happens; false where nothing can. */
  #step(): boolean {
    const points = [...this.#points].filter(({ kind }) => kind !== 'deadline')
    if (points.length === 0 && this.#queue.length === 0 && !this.#wait()) return false
    if (this.#disturb(points)) return true
    const canDeliver = this.#queue.length > 0 && this.#working.size < 6
    if (canDeliver && (points.length === 0 || this.#chance.next() < 0.25)) this.#deliver()
    else if (points.length > 0) this.#chance.pick(points).happen()
    else this.#deliver()
    return true
  }

  /** Perhaps something goes wrong. */
  #disturb(points: readonly Point[]): boolean {
    const { failures, crashes, duplicates, deadlines, stops } = this.#left
    const possible = failures + crashes + duplicates + deadlines + stops
    const isLate = crashes > 0 && points.some(point => !this.#working.has(point.instance))
    if (isLate && this.#chance.next() < 0.5) return this.#crash(points)
    if (possible === 0 || this.#chance.next() > 0.15) return false
    switch (this.#chance.pick(['failures', 'crashes', 'duplicates', 'deadlines', 'stops'] as const)) {
      case 'failures':
        return failures > 0 && this.#fail(points)
      case 'crashes':
        return crashes > 0 && this.#crash(points)
      case 'duplicates':
        return duplicates > 0 && this.#duplicate()
      case 'deadlines':
        return deadlines > 0 && this.#endTime()
      case 'stops':
        return stops > 0 && this.#stop()
    }
  }

  #fail(points: readonly Point[]): boolean {
    const failing = points.filter(point => point.fail)
    if (failing.length === 0) return false
    this.#left.failures -= 1
    this.#chance.pick(failing).fail!(bucketFailure())
    return true
  }

  /** First of all an instance that has acknowledged its message and still has something under way: there must be none. */
  #crash(points: readonly Point[]): boolean {
    if (points.length === 0) return false
    this.#left.crashes -= 1
    const late = points.filter(point => !this.#working.has(point.instance))
    const { instance } = this.#chance.pick(late.length > 0 ? late : points)
    const message = this.#working.get(instance)
    this.#working.delete(instance)
    instance.kill()
    if (message) this.#again(message)
    return true
  }

  #duplicate(): boolean {
    this.#left.duplicates -= 1
    this.#queue.push({ ...this.#chance.pick(this.#sent), ...NEW })
    return true
  }

  #endTime(): boolean {
    const deadlines = [...this.#points].filter(({ kind }) => kind === 'deadline')
    if (deadlines.length === 0) return false
    this.#left.deadlines -= 1
    // An item that had all the time there is fails for good.
    this.givenUp += 1
    this.#chance.pick(deadlines).happen()
    return true
  }

  #stop(): boolean {
    const instances = [...this.#working.keys()]
    if (instances.length === 0) return false
    this.#left.stops -= 1
    this.#chance.pick(instances).stop()
    return true
  }

  /** Lets time pass until the rejected messages of an outage are delivered again; false where there are none. */
  #wait(): boolean {
    this.#nowMs += this.#later.length > 0 ? BACKOFF_MS : 0
    this.#queue.push(...this.#later)
    this.#later = []
    return this.#queue.length > 0
  }

  #again(message: Message): void {
    if (this.vendor.isDown) {
      message.outageAttempts += 1
      const isUsedUp = message.outageAttempts > MAX_OUTAGE_ATTEMPTS
      if (isUsedUp) this.invariants.break('an outage of the vendor uses up the deliveries of a message')
      else this.#later.push(message)
      return
    }
    message.attempts += 1
    if (message.attempts < MAX_ATTEMPTS) this.#queue.push(message)
    else this.givenUp += 1
  }

  #deliver(): void {
    const [message] = this.#queue.splice(this.#chance.below(this.#queue.length), 1) as [Message]
    const around: Shared = {
      bucket: this.bucket,
      points: this.#points,
      nowMs: this.#nowMs,
      written: (object, data) => this.invariants.see(object, data),
      published: (topic, value) => this.#send(topic, value),
    }
    const instance = new Instance(around)
    this.#working.set(instance, message)
    const ended = (acknowledged: boolean) => {
      // Nobody hears of how a dead instance's work ended.
      if (!this.#working.delete(instance) || acknowledged) return
      this.#again(message)
    }
    this.#handle(message, instance).then(
      () => ended(true),
      () => ended(false),
    )
  }

  #handle({ topic, id, data }: Message, instance: Instance): Promise<unknown> {
    const { bucket, clock, publisher, signal } = instance
    const services = servicesFor({
      bucket,
      clock,
      publisher,
      signal,
      vendor: this.vendor.forInstance({
        respond: () => sleep(RESPONSE_MS, undefined, clock),
        asksOneByOne: this.invariants.isBoundByQuota(this.#nowMs),
        onFault: message => this.invariants.break(message),
      }),
      keepsRequests: true,
      openRequests: new OpenRequests(clock),
      ...(this.#course.outageDays > 0 && { guard: this.#guard }),
      convert: fakeConvert,
      config: this.#config,
      watch: { batchFinished: () => ({}) },
    })
    if (topic === CONFIG.scheduleTopic) {
      const config = { ...services.config, ...(this.#course.isHurried && { deadlineMs: 0 }) }
      return handleSchedule({ id, data }, { ...services, config })
    }
    return topic === CONFIG.venueDaysTopic
      ? handleVenueDay({ id, data }, services)
      : handleCompletion({ id, data }, services)
  }
}
