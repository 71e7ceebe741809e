import assert from 'node:assert/strict'
import { waitsForCopies } from '../../../functions/fetch/copies.ts'
import { handleCopyRequest } from '../../../functions/iceberg/copies-handler.ts'
import { createFileCatalog } from '../../../functions/iceberg/file-catalog.ts'
import { refreshTables } from '../../../functions/iceberg/refresh.ts'
import { verifyTables } from '../../../functions/iceberg/verify.ts'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { manifest } from '../../../functions/ledger/manifest.ts'
import { queueDay } from '../../../functions/ledger/table-queue.ts'
import { parseVenueDay } from '../../../functions/pubsub/messages.ts'
import { readConfig } from '../../../functions/runtime/config/config.ts'
import type { Clock } from '../../../functions/runtime/deadline.ts'
import { ABSENT, type Bucket } from '../../../functions/storage/bucket.ts'
import { manifestName } from '../../../functions/storage/names.ts'
import { lakeOf, manifestOf, PREFIX } from '../../iceberg/lake.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { SILENT } from '../../support/silent-log.ts'
import { Chance } from '../model/chance.ts'
import { contentOf, type Day, grow, itemOf, objectOf, rowsOf, SYMBOLS } from './forced-day.ts'
import { lookAtTable } from './forced-reader.ts'
import { trySeeds } from './try-seeds.ts'
import { Turns, type Worker } from './turns.ts'

const CONFIG = readConfig({ GCS_BUCKET: 'lake' })
const KEPT = 3
const MAX_STEPS = 20_000
/** An hour has 300 steps. */
const STEP_MS = 12_000
const FIRST = 'a00000000000'

type Message = { readonly kind: 'refresh' } | ({ readonly kind: 'aggregate' } & { day: Day }) | Delivered
/** A message of the two topics, as it is on the wire. */
interface Delivered {
  readonly kind: 'batch' | 'copy'
  readonly day: Day
  readonly data: Buffer
}

/**
 * A course of venue-days whose objects are replaced while refreshes run, workers sleep and are killed, and messages come
 * again. After each change of the bucket all that a reader of the table may open is what the table says, the table shows
 * each venue-day as it was when it was complete, never goes back, and every object that was ever stored is there.
 */
export class ForcedCourse {
  readonly #chance: Chance
  readonly #turns = new Turns()
  readonly #bucket = new MemoryBucket()
  readonly #days: Day[]
  readonly #queue: Message[] = []
  readonly #alive = new Map<Worker, Message>()
  #failure: Error | undefined
  #plans = 0
  #rows = 10
  steps = 0

  constructor(seed: number) {
    this.#chance = new Chance(seed)
    const dates = ['2024-01-01', '2024-01-02'].slice(0, 1 + this.#chance.below(2))
    this.#days = dates.map(date => ({ venue: 'binance', date, recorded: [], shown: undefined, settled: new Map() }))
  }

  /** @throws the first thing that does not hold */
  async run(): Promise<void> {
    const [rounds, kills] = [3 + this.#chance.below(6), { left: this.#chance.below(4) }]
    for (const day of this.#days) await this.#begin(day)
    this.#bucket.hook = ({ operation, name, when }) => {
      const changes = ['write', 'remove', 'copy'].includes(operation) && when === 'after'
      if (changes && /^(_iceberg\/trades|ticks)\//.test(name)) lookAtTable(this.#bucket.contents(), this.#days)
    }
    for (let round = 0; round < rounds; round += 1) {
      for (let at = this.#chance.below(3); at > 0; at -= 1) this.#queue.push({ kind: 'refresh' })
      if (this.#chance.next() < 0.7) await this.#force(this.#chance.pick(this.#days))
      for (let steps = this.#chance.below(400); steps > 0; steps -= 1) await this.#step(kills)
    }
    while (this.#queue.length + this.#alive.size > 0) await this.#step(kills)
    await this.#atRest()
  }

  async #begin(day: Day): Promise<void> {
    for (const symbol of SYMBOLS)
      await this.#bucket.write(objectOf(day, symbol), contentOf(10), ABSENT, { contentType: 'parquet' })
    const items = SYMBOLS.map(symbol => ({ dataType: 'trades', symbol }))
    await grow(this.#bucket, day, undefined, { plan: FIRST, index: 0, items })
    day.settled.set(FIRST, new Map(SYMBOLS.map(symbol => [symbol, 10])))
    this.#queue.push({ kind: 'aggregate', day })
  }

  /** A forced request for some items is planned: a batch, and a completion. A message may be there twice. */
  async #force(day: Day): Promise<void> {
    const symbols = SYMBOLS.filter(() => this.#chance.next() < 0.5)
    if (symbols.length === 0) return
    const plan = `b${String(++this.#plans).padStart(11, '0')}`
    const items = await Promise.all(symbols.map(symbol => itemOf(this.#bucket, day, symbol)))
    const before = await openLedger(this.#bucket, PREFIX).readPlan(day)
    await grow(this.#bucket, day, before, { plan, index: 0, force: true, items })
    this.#publish('batch', day, { venue: day.venue, date: day.date, batch: { plan, index: 0 } })
    this.#queue.push({ kind: 'aggregate', day })
  }

  #publish(kind: 'batch' | 'copy', day: Day, message: object): void {
    const copies = this.#chance.next() < 0.15 ? 2 : 1
    for (let at = 0; at < copies; at += 1) this.#queue.push({ kind, day, data: Buffer.from(JSON.stringify(message)) })
  }

  async #step(kills: { left: number }): Promise<void> {
    this.steps += 1
    assert.ok(this.steps < MAX_STEPS, 'the work does not come to an end')
    if (this.#alive.size < 4 && this.#queue.length > 0 && this.#chance.next() < 0.3) this.#start()
    const workers = [...this.#alive.keys()]
    if (kills.left > 0 && workers.length > 0 && this.#chance.next() < 0.01) {
      kills.left -= 1
      this.#kill(this.#chance.pick(workers))
    }
    if (workers.length > 1 && this.#chance.next() < 0.02) {
      this.#chance.pick(workers).sleepsUntil = this.steps + this.#chance.below(1_000)
    }
    await this.#turns.step(this.#chance, this.steps)
    if (this.#failure) throw this.#failure
  }

  #kill(worker: Worker): void {
    this.#turns.kill(worker)
    this.#queue.push(this.#alive.get(worker)!)
    this.#alive.delete(worker)
  }

  #start(): void {
    const [message] = this.#queue.splice(this.#chance.below(this.#queue.length), 1)
    const worker = { name: message!.kind, isDead: false, sleepsUntil: 0 }
    this.#alive.set(worker, message!)
    this.#work(message!, worker).then(
      () => this.#alive.delete(worker),
      error => {
        if (worker.isDead) return
        this.#alive.delete(worker)
        // A worker may find that the state it began with has expired: it fails, and its message comes again.
        const isExpired = /is not there, but the table names it|names a version that is not there|was removed while/
        if (!isExpired.test(String(error))) this.#failure ??= error
        else this.#queue.push(message!)
      },
    )
  }

  async #work(message: Message, worker: Worker): Promise<void> {
    const bucket = this.#turns.bucketOf(worker, this.#bucket)
    if (message.kind === 'refresh') await refreshTables(this.#servicesOf(bucket, worker))
    else if (message.kind === 'aggregate') await this.#aggregate(message.day, bucket)
    else if (message.kind === 'batch') await this.#replace(message, bucket)
    else {
      const publisher = { publish: async (_: string, value: object) => this.#taken('batch', message.day, value) }
      const services = { ...this.#servicesOf(bucket, worker), config: CONFIG, publisher }
      await handleCopyRequest({ id: '1', data: message.data }, services)
    }
  }

  #taken(kind: 'batch' | 'copy', day: Day, value: object): string {
    this.#publish(kind, day, value)
    return 'id'
  }

  /** What fetch does with a batch: asks for copies, or replaces the objects that are as they were when it was planned. */
  async #replace({ day, data }: Delivered, bucket: Bucket): Promise<void> {
    const parsed = parseVenueDay(data)
    assert.ok(parsed.ok)
    const { plan, index, copied } = parsed.message.batch!
    const stored = await openLedger(bucket, PREFIX).readPlan(day)
    const batch = stored!.batches.find(candidate => candidate.plan === plan)!
    const settled = day.settled.get(plan) ?? new Map<string, number>()
    day.settled.set(plan, settled)
    const items = batch.items.filter(({ symbol }) => !settled.has(symbol))
    const publisher = {
      publish: async (_: string, value: object) => this.#taken('copy', day, value),
      publishMany: async () => 0,
    }
    const services = { bucket, config: CONFIG, publisher, log: SILENT }
    const name = { venue: day.venue, date: day.date, plan, index }
    if (!copied && (await waitsForCopies(name, batch, items, services, new AbortController().signal))) return
    for (const { symbol, replaces } of items) {
      const present = await bucket.stat(objectOf(day, symbol))
      if (present?.generation === replaces) {
        const content = contentOf(++this.#rows)
        await bucket.write(objectOf(day, symbol), content, replaces ?? ABSENT, { contentType: 'parquet' })
      }
      const { data } = (await bucket.read(objectOf(day, symbol)))!
      settled.set(symbol, rowsOf(data))
    }
    this.#queue.push({ kind: 'aggregate', day })
  }

  /** What aggregate does: the manifest of the plan and its receipts, over the manifest that was read before. */
  async #aggregate(day: Day, bucket: Bucket): Promise<void> {
    const name = manifestName(PREFIX, day)
    for (;;) {
      const { generation = ABSENT } = (await bucket.stat(name)) ?? {}
      const stored = await openLedger(bucket, PREFIX).readPlan(day)
      const rows = stored!.batches.flatMap(({ plan, items }) =>
        items.map(({ symbol }) => [symbol, day.settled.get(plan)?.get(symbol)] as const),
      )
      const known = rows.flatMap(([symbol, found]) => (found === undefined ? [] : [{ symbols: [symbol], rows: found }]))
      const isComplete = known.length === SYMBOLS.length
      const folded = manifestOf(day, known, isComplete ? 'complete' : 'incomplete')
      const document = {
        ...folded,
        plan: stored!.plan,
        items: folded.items.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)),
      }
      const options = { contentType: 'application/json' }
      const version = isComplete
        ? new Map(document.items.map(({ symbol, rows: found }) => [symbol, found!]))
        : undefined
      const { outcome } = await bucket.write(name, encodeDocument(manifest, name, document), generation, options)
      if (outcome === 'conflict') continue
      day.recorded.push(version)
      if (isComplete) await queueDay(bucket, PREFIX, day)
      return
    }
  }

  #servicesOf(bucket: Bucket, worker?: Worker) {
    const now = () => 1_700_000_000_000 + this.steps * STEP_MS
    const services = lakeOf(bucket)
    return {
      ...services,
      catalog: createFileCatalog(bucket, PREFIX, services.place, { maxEarlier: KEPT }),
      ...{ maxSnapshots: KEPT, newUuid: () => `uuid ${this.#chance.below(1e9)}` },
      clock: worker ? withoutDeadline(this.#turns.clockOf(worker, now)) : { ...services.clock, now },
    }
  }

  /** A last refresh, and one an hour later: the table has what is recorded, and no copy is left. */
  async #atRest(): Promise<void> {
    await refreshTables(this.#servicesOf(this.#bucket))
    this.steps += 600
    await refreshTables(this.#servicesOf(this.#bucket))
    const contents = this.#bucket.contents()
    const names = [...contents.keys()]
    assert.deepEqual(
      names.filter(name => name.startsWith('_iceberg/trades/data/')),
      [],
      'copies are left',
    )
    assert.deepEqual(
      names.filter(name => name.startsWith('_iceberg/_queue/')),
      [],
      'venue-days are left in the queue',
    )
    lookAtTable(contents, this.#days, { isAtRest: true })
    const { faults } = await verifyTables(this.#servicesOf(this.#bucket), () => {})
    assert.deepEqual(faults, [], 'the table is not what is recorded')
  }
}

/** A delay can end at any step; a deadline would end nearly every delivery. */
function withoutDeadline(clock: Clock): Clock {
  const isDelay = (ms: number) => ms < CONFIG.deadlineMs
  return { ...clock, setTimeout: (callback, ms) => (isDelay(ms) ? clock.setTimeout(callback, ms) : undefined) }
}

export function tryForcedCourses(runs: number, seed: number) {
  return trySeeds(runs, seed, own => new ForcedCourse(own))
}
