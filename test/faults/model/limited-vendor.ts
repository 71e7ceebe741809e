import { dayOf, dayStartMs } from '../../../functions/market/days.ts'
import type { ItemName } from '../../../functions/market/items.ts'
import { VendorError } from '../../../functions/tardis/error.ts'
import type { ExchangeDetails } from '../../../functions/tardis/exchange.ts'
import type { DatasetOptions, ExchangeOutcome } from '../../../functions/tardis/outcomes.ts'
import { KEY_RETRY_MS, nextMidnightMs, VendorRefusedError } from '../../../functions/tardis/refusal.ts'
import { detailsOf, FakeVendor } from '../../fetch/fake-vendor.ts'

export interface Limits {
  /** Datasets that may be opened per day; 0: any number. */
  readonly quota: number
  /** Days from the first one on which the key is refused. */
  readonly keyDays: number
  /** Days from the first one on which the vendor does not respond. */
  readonly outageDays: number
  /** Files of each new day of `LAST_DAYS`, which a scheduled run asks for by itself: all but one of the quota at most. */
  readonly newFiles: number
}

/** How one instance asks the vendor. */
export interface Asking {
  /** Resolves when the vendor responds. */
  readonly respond: () => Promise<void>
  /** True where the bucket tells that the quota ended lately. */
  readonly asksOneByOne: boolean
  readonly onFault: (message: string) => void
}

/** A venue that has new files each day. */
export const LAST_DAYS = 'last-days'

/** Of all days of a course. */
const LATE_INCIDENT = { from: '2024-07-01T00:00:00.000Z', to: '2024-08-10T00:00:00.000Z', status: 'late', details: '' }

/**
 * A vendor with a daily quota, and a key that is refused and an outage on the first days. It reports an incident from the
 * second day on, when nearly all is stored.
 */
export class LimitedVendor extends FakeVendor {
  readonly #limits: Limits
  #day = 0
  #opened = 0
  #nowMs: number

  constructor(limits: Limits, nowMs: number) {
    super()
    this.#nowMs = nowMs
    this.#limits = limits
    this.onOpen = () => this.#refuse()
  }

  /** The quota begins anew. */
  beginDay(day: number, nowMs: number): void {
    this.#day = day
    this.#nowMs = nowMs
    this.#opened = 0
  }

  get isLimited(): boolean {
    const { quota, keyDays, outageDays } = this.#limits
    return quota > 0 || keyDays > 0 || outageDays > 0
  }

  get isDown(): boolean {
    return this.#day < this.#limits.outageDays
  }

  override async exchange(venue: string): Promise<ExchangeOutcome> {
    this.#fail()
    if (venue === LAST_DAYS) return { kind: 'known', details: this.#lastDays() }
    const incidentReports = this.#day > 0 ? [LATE_INCIDENT] : []
    return { kind: 'known', details: { ...this.details, incidentReports } }
  }

  /** Exported up to the begin of today. */
  #lastDays(): ExchangeDetails {
    const { newFiles, quota } = this.#limits
    const symbols = Array.from({ length: Math.min(newFiles, quota - 1) }, (_, n) => [`NEW${n}`, ['trades']] as const)
    const details = detailsOf(Object.fromEntries(symbols), LAST_DAYS)
    const exportedUntil = new Date(dayStartMs(dayOf(this.#nowMs))).toISOString()
    return { ...details, datasets: { ...details.datasets!, exportedUntil } }
  }

  #fail(): void {
    if (this.isDown) throw new VendorError('answered 503', { retryable: true, status: 503 })
  }

  #refuse(): void {
    this.#fail()
    const { quota, keyDays } = this.#limits
    if (this.#day < keyDays) throw new VendorRefusedError('answered 401', 'key', this.#nowMs + KEY_RETRY_MS, 401)
    this.#opened += 1
    if (quota > 0 && this.#opened > quota) {
      throw new VendorRefusedError('answered 429', 'quota', nextMidnightMs(this.#nowMs), 429)
    }
  }

  /** The same vendor for one instance, which is watched: it asks no more after a refusal, and one by one where it must. */
  forInstance({ respond, asksOneByOne, onFault }: Asking): FakeVendor {
    let [unanswered, isRefused] = [0, false]
    const openDataset = async (name: ItemName, options: DatasetOptions) => {
      if (isRefused) onFault('an instance keeps asking a vendor that refuses')
      if (asksOneByOne && unanswered > 0) onFault('an instance asks ahead though the quota ended yesterday')
      unanswered += 1
      try {
        await respond()
        return await this.openDataset(name, options)
      } catch (error) {
        isRefused ||= error instanceof VendorRefusedError
        throw error
      } finally {
        unanswered -= 1
      }
    }
    return Object.assign(Object.create(this) as FakeVendor, {
      openDataset,
      exchange: (venue: string) => this.exchange(venue),
    })
  }
}
