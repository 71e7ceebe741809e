import assert from 'node:assert/strict'
import { createFileCatalog } from '../../../functions/iceberg/file-catalog.ts'
import { refreshTables } from '../../../functions/iceberg/refresh.ts'
import type { Manifest } from '../../../functions/ledger/manifest.ts'
import type { VenueDay } from '../../../functions/market/items.ts'
import { lakeOf, manifestOf, PREFIX, record } from '../../iceberg/lake.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { Chance } from '../model/chance.ts'
import { readTable } from './reader.ts'
import { trySeeds } from './try-seeds.ts'
import { Turns, type Worker } from './turns.ts'

const TYPES = ['trades', 'quotes']
/** So few that files of snapshots are removed, and writers fall behind by more versions than are kept. */
const KEPT = 2
const MAX_STEPS = 20_000

/** What a manifest says of a data type of its venue-day: rows by file. */
type Version = ReadonlyMap<string, number>

interface Day extends VenueDay {
  /** What was recorded, the oldest first; undefined where it was not complete. */
  readonly recorded: (ReadonlyMap<string, Version> | undefined)[]
  /** Each table shows this or a later one. */
  readonly shown: Map<string, number>
  /** Aggregates that have begun and not ended. */
  unfinished: number
}

/**
 * A course of manifests that change, and of refreshes that run side by side, are killed and start again. After each
 * operation on the bucket every table is whole, shows each venue-day as some complete manifest had it, and never goes back.
 */
export class TableCourse {
  readonly #chance: Chance
  readonly #turns = new Turns()
  readonly #bucket = new MemoryBucket()
  readonly #days: Day[]
  readonly #versions = new Map<string, number>()
  #working = 0
  #killed = 0
  steps = 0

  constructor(seed: number) {
    this.#chance = new Chance(seed)
    const dates = ['2024-01-01', '2024-01-02', '2024-01-03'].slice(0, 1 + this.#chance.below(3))
    this.#days = dates.map(date => ({ venue: 'binance', date, recorded: [], shown: new Map(), unfinished: 0 }))
    this.#bucket.hook = ({ operation, name, when }) => {
      const changes = operation === 'write' || operation === 'remove'
      if (when === 'after' && changes && /^_iceberg\/\w+\/metadata\//.test(name)) this.#look()
    }
  }

  /** @throws the first thing that does not hold */
  async run(): Promise<void> {
    const [rounds, kills] = [4 + this.#chance.below(8), this.#chance.below(4)]
    for (let round = 0; round < rounds; round += 1) {
      this.#start(`aggregate ${round}`, worker => this.#record(worker))
      for (let at = this.#chance.below(3); at > 0; at -= 1)
        this.#start(`refresh ${round}.${at}`, worker => this.#refresh(worker))
      for (let steps = this.#chance.below(300); steps > 0; steps -= 1) await this.#step(kills)
    }
    while (this.#working > 0) await this.#step(kills)
    // A venue-day whose aggregate was killed: its message comes again.
    for (const day of this.#days) if (day.unfinished > 0 && this.#last.has(day)) await this.#again(day)
    await refreshTables(this.#servicesOf(this.#bucket))
    this.#atRest()
  }

  async #step(kills: number): Promise<void> {
    this.steps += 1
    assert.ok(this.steps < MAX_STEPS, 'the refreshes do not come to an end')
    if (this.#killed < kills && this.#alive.size > 0 && this.#chance.next() < 0.01) {
      const worker = this.#chance.pick([...this.#alive])
      this.#turns.kill(worker)
      this.#alive.delete(worker)
      this.#killed += 1
      this.#working -= 1
    }
    if (this.#alive.size > 1 && this.#chance.next() < 0.01) {
      this.#chance.pick([...this.#alive]).sleepsUntil = this.steps + this.#chance.below(3000)
    }
    await this.#turns.step(this.#chance, this.steps)
    if (this.#failure) throw this.#failure
  }

  readonly #alive = new Set<Worker>()
  #failure: Error | undefined

  #start(name: string, work: (worker: Worker) => Promise<void>): void {
    const worker = { name, isDead: false, sleepsUntil: 0 }
    this.#alive.add(worker)
    this.#working += 1
    const ended = () => {
      if (worker.isDead) return
      this.#alive.delete(worker)
      this.#working -= 1
    }
    work(worker).then(ended, error => {
      ended()
      // A refresh may find that the state it began with has expired: it fails, and the next one does the work.
      if (!/is not there, but the table names it|names a version that is not there/.test(String(error)))
        this.#failure ??= error
    })
  }

  /** One venue-day has another manifest, or an earlier one again. */
  async #record(worker: Worker): Promise<void> {
    const day = this.#chance.pick(this.#days)
    const earlier = this.#chance.next() < 0.3 ? this.#chance.below(day.recorded.length + 1) : day.recorded.length
    const made = this.#make(day, earlier)
    const bucket = this.#turns.bucketOf(worker, this.#bucket)
    day.unfinished += 1
    await record(
      {
        ...bucket,
        write: async (name, ...args) => {
          const written = await bucket.write(name, ...args)
          if (name.endsWith('manifest.json') && written.outcome === 'committed') this.#recorded(day, made)
          return written
        },
      },
      made,
    )
    day.unfinished -= 1
  }

  async #again(day: Day): Promise<void> {
    await record(this.#bucket, this.#last.get(day)!)
    day.recorded.push(day.recorded.at(-1))
  }

  readonly #made = new Map<Day, Manifest[]>()

  #make(day: Day, at: number): Manifest {
    const all = this.#made.get(day) ?? []
    this.#made.set(day, all)
    const rows = 1 + all.length * 10
    const stored = TYPES.filter(() => this.#chance.next() < 0.8).map(dataType => ({
      dataType,
      symbols: ['A', 'B', 'C'].filter(() => this.#chance.next() < 0.7),
      rows,
    }))
    const made = all[at] ?? manifestOf(day, stored, this.#chance.next() < 0.85 ? 'complete' : 'incomplete')
    if (!all[at]) all.push(made)
    return made
  }

  #recorded(day: Day, manifest: Manifest): void {
    const byType = new Map(
      TYPES.map(dataType => {
        const items = manifest.items.filter(item => item.dataType === dataType)
        return [dataType, new Map(items.map(({ symbol, rows }) => [`${symbol}.parquet`, rows!]))]
      }),
    )
    day.recorded.push(manifest.status === 'complete' ? byType : undefined)
    this.#last.set(day, manifest)
  }

  readonly #last = new Map<Day, Manifest>()

  async #refresh(worker: Worker): Promise<void> {
    const bucket = this.#turns.bucketOf(worker, this.#bucket)
    const services = { ...this.#servicesOf(bucket), clock: this.#turns.clockOf(worker, () => this.steps) }
    await refreshTables(services)
  }

  #servicesOf(bucket: MemoryBucket | ReturnType<Turns['bucketOf']>) {
    const services = lakeOf(bucket)
    const catalog = createFileCatalog(bucket, PREFIX, services.place, { maxEarlier: KEPT })
    return { ...services, catalog, maxSnapshots: KEPT, newUuid: () => `uuid ${this.#chance.below(1e9)}` }
  }

  #look(): void {
    const contents = this.#bucket.contents()
    for (const dataType of TYPES) {
      const table = readTable(contents, dataType)
      if (!table) continue
      const before = this.#versions.get(dataType) ?? 0
      assert.ok(table.version >= before, `${dataType}: version ${before} is followed by ${table.version}`)
      this.#versions.set(dataType, table.version)
      for (const day of this.#days) this.#lookAt(day, dataType, table.days.get(`venue=${day.venue}/date=${day.date}`))
    }
  }

  #lookAt(day: Day, dataType: string, files: Version = new Map()): void {
    const from = day.shown.get(dataType) ?? 0
    const isShown = (version: ReadonlyMap<string, Version> | undefined, at: number) =>
      at >= from && version !== undefined && isSame(version.get(dataType)!, files)
    const found = day.recorded.findIndex(isShown)
    const isBegun = day.shown.has(dataType) || files.size > 0
    assert.ok(found >= 0 || !isBegun, `${dataType} shows a state of ${day.date} that is none, or an older one`)
    if (isBegun) day.shown.set(dataType, found)
  }

  #atRest(): void {
    this.#look()
    const contents = this.#bucket.contents()
    const queued = [...contents.keys()].filter(name => name.startsWith('_iceberg/_queue/'))
    assert.deepEqual(queued, [], 'a refresh leaves venue-days in the queue')
    for (const dataType of TYPES) {
      const table = readTable(contents, dataType)
      for (const day of this.#days) {
        const last = day.recorded.at(-1)
        const shown: Version = table?.days.get(`venue=${day.venue}/date=${day.date}`) ?? new Map()
        if (last) assert.ok(isSame(last.get(dataType)!, shown), `${dataType}: ${day.date} is lost`)
      }
    }
  }
}

function isSame(a: Version, b: Version): boolean {
  return a.size === b.size && [...a].every(([name, rows]) => b.get(name) === rows)
}

export function tryTableCourses(runs: number, seed: number) {
  return trySeeds(runs, seed, own => new TableCourse(own))
}
