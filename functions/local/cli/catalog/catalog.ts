import { z } from 'zod'
import type { Venue } from '../../../market/names.ts'
import { mapConcurrently } from '../../../runtime/concurrently.ts'
import { createDeadline } from '../../../runtime/deadline.ts'
import { shown } from '../../../runtime/shown.ts'
import type { Vendor } from '../../../tardis/vendor.ts'
import type { CliContext } from '../commands/command.ts'
import type { CommonValues } from '../common-flags.ts'
import { openVendor } from '../download/vendor.ts'
import { venueIds } from '../download/venue-ids.ts'
import { UsageError } from '../flags.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { openLog } from '../logging.ts'
import { didYouMean } from '../nearest.ts'
import { readSettings } from '../settings.ts'
import { systemErrorText } from '../system-error.ts'
import { AnswerCache, cacheFolder } from './answer-cache.ts'
import { type Listing, listing, listingOf, summaryOf, type VenueSummary, venueSummary } from './listing.ts'

const PATIENCE_MS = 60_000
const VENUES_AT_ONCE = 4
/** A person waits, and an older answer may be there. */
const MAX_ATTEMPTS = 3
const ids = z.object({ venues: z.array(z.string()) })

/** A venue that could not be asked for, and why. */
interface FailedListing {
  readonly venue: Venue
  readonly error: string
}

/** What the vendor has, from the cache where it knows. */
export class Catalog {
  readonly #vendor: Vendor
  readonly #cache: AnswerCache
  readonly #signal: AbortSignal

  constructor(vendor: Vendor, cache: AnswerCache, signal: AbortSignal) {
    this.#vendor = vendor
    this.#cache = cache
    this.#signal = signal
  }

  /** The ids of all venues. @throws VendorError */
  async venueIds(): Promise<readonly Venue[]> {
    const { venues } = await this.#cache.get('venues', ids, async () => {
      using deadline = createDeadline(PATIENCE_MS, undefined, this.#signal)
      return { venues: [...(await this.#vendor.venues({ deadline }))] }
    })
    return venues
  }

  /**
   * The symbols of venues, and the venues that could not be asked for.
   * @throws where none could: a UsageError with a line for each venue that the vendor does not have, or else what the first
   * one failed with
   */
  async listings(venues: readonly Venue[]) {
    const asked = await Promise.allSettled(venues.map(venue => this.#symbols(venue)))
    this.#signal.throwIfAborted()
    const listings: Listing[] = []
    const failed: FailedListing[] = []
    for (const [at, result] of asked.entries()) {
      if (result.status === 'fulfilled') listings.push(result.value)
      else failed.push({ venue: venues[at]!, error: systemErrorText(result.reason) })
    }
    if (listings.length === 0) throw noneOf(asked.flatMap(one => (one.status === 'rejected' ? [one.reason] : [])))
    return { listings, failed }
  }

  #symbols(venue: Venue): Promise<Listing> {
    return this.#cache.get(`symbols-${venue}`, listing, () => this.#request(venue))
  }

  /** The venues in one line each, in the order given; `onDone` hears how many are there. Never rejects for a single venue. */
  async summaries(venues: readonly Venue[], onDone: (done: number) => void) {
    const summaries = new Map<Venue, VenueSummary>()
    const failed: FailedListing[] = []
    let done = 0
    const ask = async (venue: Venue) => {
      const summary = await this.#summary(venue).catch((error: unknown) => ({ error: systemErrorText(error) }))
      this.#signal.throwIfAborted()
      return { venue, summary }
    }
    for await (const { venue, summary } of mapConcurrently(venues, VENUES_AT_ONCE, ask)) {
      done += 1
      onDone(done)
      if ('error' in summary) failed.push({ venue, error: summary.error })
      else summaries.set(venue, summary)
    }
    return { summaries: venues.flatMap(venue => summaries.get(venue) ?? []), failed }
  }

  #summary(venue: Venue): Promise<VenueSummary> {
    return this.#cache.get(`summary-${venue}`, venueSummary, async () => {
      const found = await this.#request(venue)
      // The same answer serves `symbols`.
      await this.#cache.keep(`symbols-${venue}`, found)
      return summaryOf(found)
    })
  }

  async #request(venue: Venue): Promise<Listing> {
    using deadline = createDeadline(PATIENCE_MS, undefined, this.#signal)
    const outcome = await this.#vendor.exchange(venue, { deadline })
    if (outcome.kind === 'known') return listingOf(outcome.details)
    const known = await venueIds(this.#vendor, outcome.detail, this.#signal)
    if (known.includes(venue)) throw new Error(`Tardis has no details of ${shown(venue)}: ${outcome.detail}`)
    throw new UsageError([`--venues: Tardis has no ${shown(venue)}${didYouMean(venue, known, 3)}`])
  }
}

function noneOf(reasons: readonly unknown[]): unknown {
  const faults = reasons.flatMap(reason => (reason instanceof UsageError ? reason.faults : []))
  return faults.length > 0 ? new UsageError(faults) : reasons[0]
}

/** Calls `work` with the catalog that the settings name; closes everything afterwards. @throws ConfigError */
export async function withCatalog(
  flags: CommonValues & { readonly refresh?: true; readonly settings?: string },
  context: CliContext,
  work: (catalog: Catalog) => Promise<number>,
): Promise<number> {
  const settings = await readSettings(flags, context)
  const { config, logLevelIsSet } = settings
  const secrets = config.tardisApiKey ? [config.tardisApiKey.reveal()] : []
  const level = logLevelIsSet ? config.logLevel : undefined
  await using log = await openLog({ flags, level, usual: 'warn', secrets }, context)
  using interrupt = listenForInterrupt(() => {})
  await using vendor = openVendor(settings, log, { maxAttempts: MAX_ATTEMPTS })
  const cache = new AnswerCache({
    folder: cacheFolder(context.env, config.tardisApiUrl),
    nowMs: Date.now,
    refresh: flags.refresh ?? false,
    warn: line => log.warn(line),
  })
  return await work(new Catalog(vendor, cache, interrupt.signal))
}
