import { abortable } from '../runtime/abortable.ts'
import { type Clock, systemClock } from '../runtime/deadline.ts'
import type { ExchangeOutcome } from './outcomes.ts'
import type { Vendor } from './vendor.ts'

export interface ExchangeMemoryOptions {
  /** How long details are kept. The vendor exports once a day, and schedule takes up again what came too late. */
  readonly keepMs?: number
  /** Maximum number of symbols kept, of all venues together: about 100 bytes each. A venue with more is not kept. */
  readonly maxSymbols?: number
  readonly clock?: Pick<Clock, 'now'>
}

const DEFAULTS = { keepMs: 5 * 60_000, maxSymbols: 50_000, clock: systemClock }

interface Kept {
  readonly outcome: ExchangeOutcome & { readonly kind: 'known' }
  readonly untilMs: number
}

/**
 * The same vendor, but it keeps a venue's details for some minutes, and calls at the same time share one request: every
 * message of a backfill needs the details, and for some venues they have megabytes. Unknown venues and failures are not
 * kept. Memory: `maxSymbols` symbols; the oldest details are dropped first.
 */
export function rememberExchanges(vendor: Vendor, options: ExchangeMemoryOptions = {}): Vendor {
  const { keepMs, maxSymbols, clock } = { ...DEFAULTS, ...options }
  const kept = new Map<string, Kept>()
  const pending = new Map<string, Promise<ExchangeOutcome>>()

  const dropOld = (neededSymbols: number) => {
    let symbols = 0
    for (const { outcome } of kept.values()) symbols += symbolsOf(outcome)
    for (const [venue, { outcome, untilMs }] of kept) {
      if (clock.now() < untilMs && symbols + neededSymbols <= maxSymbols) return
      kept.delete(venue)
      symbols -= symbolsOf(outcome)
    }
  }
  const keep = (venue: string, outcome: ExchangeOutcome) => {
    if (outcome.kind !== 'known' || symbolsOf(outcome) > maxSymbols) return
    dropOld(symbolsOf(outcome))
    kept.set(venue, { outcome, untilMs: clock.now() + keepMs })
  }
  const request: Vendor['exchange'] = async (venue, callOptions) => {
    const response = vendor.exchange(venue, callOptions)
    pending.set(venue, response)
    try {
      const outcome = await response
      keep(venue, outcome)
      return outcome
    } finally {
      pending.delete(venue)
    }
  }
  return {
    async exchange(venue, callOptions) {
      dropOld(0)
      const known = kept.get(venue)
      if (known) return known.outcome
      const shared = pending.get(venue)
      // Another caller's request ends with that caller's deadline. A caller with more time then makes its own request.
      const outcome = shared && (await abortable(shared.catch(nothing), callOptions.deadline.signal))
      callOptions.signal?.throwIfAborted()
      return outcome ?? (await request(venue, callOptions))
    },
    venues: callOptions => vendor.venues(callOptions),
    keyAccess: callOptions => vendor.keyAccess(callOptions),
    instruments: (wanted, callOptions) => vendor.instruments(wanted, callOptions),
    openDataset: (name, callOptions) => vendor.openDataset(name, callOptions),
    close: () => vendor.close(),
  }
}

function symbolsOf({ details }: ExchangeOutcome & { readonly kind: 'known' }): number {
  return details.datasets.symbols.length
}

function nothing(): undefined {}
