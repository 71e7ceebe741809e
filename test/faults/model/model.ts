import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { handleCompletion } from '../../../functions/aggregate/handler.ts'
import { FACTS_KEY, factsOf } from '../../../functions/fetch/facts.ts'
import { handleVenueDay } from '../../../functions/fetch/handler.ts'
import { addDays, DAY_MS, daysFrom } from '../../../functions/market/days.ts'
import { type Config, readConfig } from '../../../functions/runtime/config/config.ts'
import { handleSchedule } from '../../../functions/schedule/handler.ts'
import { dataObjectName } from '../../../functions/storage/names.ts'
import { type Answer, detailsOf, fakeConvert } from '../../fetch/fake-vendor.ts'
import { tinyParquet } from '../../fetch/tiny-parquet.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { servicesFor } from '../../support/services.ts'
import { Chance } from './chance.ts'
import { CALM, type Course, REQUESTS, type RequestName } from './course.ts'
import { Invariants } from './course-invariants.ts'
import { bucketFailure, Instance, type Point, type Shared } from './instance.ts'
import { LimitedVendor } from './limited-vendor.ts'

const DAY = { venue: 'binance', date: '2024-08-08' }
/** The day before the first run, which it asks for by itself, is not exported: no dataset of it is opened. */
const FIRST_RUN_MS = Date.parse('2024-08-20T12:00:00Z')
const CONFIG = readConfig({ VENUES: 'binance', DATA_TYPES: 'trades', LOOKBACK_DAYS: '1' })
const MAX_ATTEMPTS = 5
/** A backfill that needs more scheduled runs than this makes no progress. */
const MAX_RUNS = 60
/** From one round of messages follow some hundreds. */
const MAX_STEPS = 50_000

interface Message {
  readonly topic: string
  readonly id: string
  readonly data: Uint8Array
  attempts: number
}

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
    this.#config = { ...CONFIG, batchSize: course.batchSize, downloadMaxWorkers: course.workers, deadlineMs }
    this.#maxSteps = maxSteps
    this.#chance = new Chance(course.seed)
    const { crashes, stops, failures, duplicates, deadlines } = course
    this.#left = { crashes, stops, failures, duplicates, deadlines }
    this.#range = { startDate: addDays(DAY.date, 1 - course.days), endDate: DAY.date }
    this.vendor = new LimitedVendor(course)
    this.vendor.beginDay(0, this.#nowMs)
    const symbols = Array.from({ length: course.symbols }, (_, n) => `S${n}`)
    this.vendor.details = detailsOf(Object.fromEntries(symbols.map(symbol => [symbol, ['trades']])))
    symbols.forEach((symbol, n) => void this.vendor.answer(`trades/${symbol}`, ...this.#answers(symbol, n)))
    const isForced = course.requests.some(name => 'force' in REQUESTS[name])
    this.invariants = new Invariants(daysFrom(this.#range.startDate, this.#range.endDate), isForced)
    for (const [n, symbol] of symbols.slice(0, course.oldFiles).entries()) this.#plantOldFile(symbol, n)
  }

  /** Asks for everything that the course asks for, and has schedule run each day until nothing is left to do. */
  async run(): Promise<void> {
    for (const name of this.#course.requests) this.#ask(name)
    await this.#settle()
    await this.#runDaily()
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
    this.#send(CONFIG.scheduleTopic, { ...this.#range, ...REQUESTS[name] })
  }

  /** Cloud Scheduler's message, day by day, while a request is open. */
  async #runDaily(): Promise<void> {
    for (let run = 1; this.invariants.openRequests.length > 0; run++) {
      assert.ok(run <= MAX_RUNS, `starved: a request is open after ${MAX_RUNS} scheduled runs`)
      this.#nowMs += DAY_MS
      this.vendor.beginDay(Math.round((this.#nowMs - FIRST_RUN_MS) / DAY_MS), this.#nowMs)
      this.#send(CONFIG.scheduleTopic, {})
      await this.#settle()
    }
  }

  /** The file that release 0.1 would have made of the same source. */
  #plantOldFile(symbol: string, n: number): void {
    const data = Buffer.from(textOf(symbol, n))
    const rows = n + 1
    const sourceSha256 = createHash('sha256').update(data).digest('hex')
    const quality = { rowsOutOfOrder: 0, largestGapMicros: 0n }
    const timestamps = { firstTimestampMicros: 1n, lastTimestampMicros: BigInt(rows) }
    const summary = { rows, sourceBytes: data.length, sourceSha256, textBytes: data.length, ...timestamps, quality }
    const facts = JSON.stringify(factsOf({ ...DAY, dataType: 'trades', symbol }, summary))
    const file = tinyParquet(data, rows, { [FACTS_KEY]: facts }, 'market-data-tick-handler version 1.0.0')
    this.invariants.see(
      this.bucket.plant(dataObjectName('ticks', { ...DAY, dataType: 'trades', symbol }), file, '1'),
      file,
    )
  }

  #answers(symbol: string, n: number): Answer[] {
    const text = textOf(symbol, n)
    const bad = Array.from({ length: n < this.#course.badAnswers ? 1 + this.#chance.below(4) : 0 }, () =>
      this.#chance.pick(BAD_ANSWERS),
    )
    return [...bad, text]
  }

  #send(topic: string, value: object): void {
    const message = { topic, id: `m${++this.#lastId}`, data: Buffer.from(JSON.stringify(value)), attempts: 0 }
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
    const isLimited = this.#course.quota > 0 || this.#course.keyDays > 0
    if (this.givenUp === 0 && !isLimited) this.invariants.atRest({ allPlanned: false })
  }

  /** Something that may happen now happens; false where nothing can. */
  #step(): boolean {
    const points = [...this.#points].filter(({ kind }) => kind !== 'deadline')
    if (points.length === 0 && this.#queue.length === 0) return false
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
    this.#queue.push({ ...this.#chance.pick(this.#sent), attempts: 0 })
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

  #again(message: Message): void {
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
      vendor: this.vendor.forInstance(this.#course.workers, () =>
        this.invariants.break('an instance keeps asking a vendor that refuses'),
      ),
      keepsRequests: true,
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

function textOf(symbol: string, n: number): string {
  return `${symbol}\n`.repeat(n + 1).trimEnd()
}
