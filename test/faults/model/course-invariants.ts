import assert from 'node:assert/strict'
import { type EndedRequests, endedRequests } from '../../../functions/ledger/ended-requests.ts'
import { type KeptRequest, keptRequest } from '../../../functions/ledger/request.ts'
import { isBoundByQuota, type VendorBlock, vendorBlock } from '../../../functions/ledger/vendor-block.ts'
import { daysFrom } from '../../../functions/market/days.ts'
import type { StoredObject } from '../../../functions/storage/bucket.ts'
import { Broken, DayInvariants } from './invariants.ts'
import { LAST_DAYS } from './limited-vendor.ts'

const REQUESTS = '_ledger/requests/'
const ENDED = `${REQUESTS}ended.json`
const QUEUE = '_iceberg/_queue/venue=binance/date='
const BLOCK = '_ledger/vendor/block.json'

/** Watches the objects of all days of a course, its kept requests and the vendor's block. */
export class Invariants {
  readonly #days: ReadonlyMap<string, DayInvariants>
  readonly #requests = new Map<string, KeptRequest>()
  readonly #generations = new Map<string, string>()
  /** Days whose manifest was complete at some time. */
  readonly #completed = new Set<string>()
  /** Days that were queued for the tables at some time. */
  readonly #queued = new Set<string>()
  #block: VendorBlock | undefined
  #broken: Broken | undefined

  /** @param isForced somebody asks for what is there already */
  constructor(days: readonly string[], isForced: boolean) {
    this.#days = new Map(days.map(date => [date, new DayInvariants(date, isForced)]))
  }

  get broken(): Broken | undefined {
    return this.#broken ?? this.#all.find(({ broken }) => broken)?.broken
  }

  get #all(): DayInvariants[] {
    return [...this.#days.values()]
  }

  /** Looks at what has just become visible. The first thing that does not hold stays in `broken`. */
  see(object: StoredObject, data: Uint8Array): void {
    const { name } = object
    if (name.includes(`venue=${LAST_DAYS}/`)) return
    for (const [date, day] of this.#days) {
      if (!day.has(name)) continue
      day.see(object, data)
      if (day.manifest?.status === 'complete') this.#completed.add(date)
      return
    }
    try {
      if (name === ENDED) this.#seeEnded(object, endedRequests.parse(JSON.parse(String(Buffer.from(data)))))
      else if (name.startsWith(REQUESTS))
        this.#seeRequest(object, keptRequest.parse(JSON.parse(String(Buffer.from(data)))))
      else if (name === BLOCK) this.#seeBlock(vendorBlock.parse(JSON.parse(String(Buffer.from(data)))))
      else if (name.startsWith(QUEUE)) this.#queued.add(name.slice(QUEUE.length, -'.json'.length))
      else assert.match(name, /^_ledger\/venue=binance\/date=/, `an object where none belongs: ${name}`)
    } catch (error) {
      this.break(error instanceof Error ? error.message : String(error))
    }
  }

  break(message: string): void {
    this.#broken ??= new Broken(message)
  }

  /** A request moves down only while it is open, and is complete only after each of its days was. */
  #seeRequest({ generation }: StoredObject, request: KeptRequest): void {
    const before = this.#requests.get(request.id)
    this.#requests.set(request.id, request)
    this.#generations.set(request.id, generation)
    if (before?.state === 'open') {
      assert.ok(request.openUntil <= before.openUntil, `request ${request.id} forgot what is complete`)
      assert.ok(request.rounds >= before.rounds, `request ${request.id} forgot a round`)
    }
    if (request.state !== 'complete') return
    const { startDate, endDate } = request.asked
    const early = daysFrom(startDate, endDate).filter(date => this.#days.has(date) && !this.#completed.has(date))
    assert.deepEqual(early, [], `request ${request.id} was closed before its days were complete`)
  }

  /** No run reads these any more, so none of them may be open. */
  #seeEnded({ name }: StoredObject, { generations }: EndedRequests): void {
    for (const [id, generation] of Object.entries(generations)) {
      const isOpen = this.#requests.get(id)?.state === 'open' && this.#generations.get(id) === generation
      assert.ok(!isOpen, `${name} has request ${id}, which is open`)
    }
  }

  /** While a block is in force it is only made longer. */
  #seeBlock(block: VendorBlock): void {
    const isOngoing = this.#block?.since === block.since
    assert.ok(!isOngoing || block.until >= this.#block!.until, 'the vendor block was made shorter')
    this.#block = block
  }

  isBoundByQuota(nowMs: number): boolean {
    return this.#block !== undefined && isBoundByQuota(this.#block, nowMs, undefined)
  }

  get openRequests(): KeptRequest[] {
    const isOurs = ({ asked }: KeptRequest) => this.#days.has(asked.startDate)
    return [...this.#requests.values()].filter(request => request.state === 'open' && isOurs(request))
  }

  /** Where nothing is under way any more. `allPlanned`: each day has been worked on. */
  atRest({ allPlanned = true } = {}): void {
    if (this.broken) throw this.broken
    for (const day of this.#all) if (allPlanned || day.isPlanned) day.atRest()
    const unqueued = [...this.#completed].filter(date => !this.#queued.has(date))
    assert.deepEqual(unqueued, [], 'the tables do not hear of a complete venue-day')
  }

  get manifests() {
    return this.#all.map(({ manifest }) => manifest)
  }
}
