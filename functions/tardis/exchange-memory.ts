import { abortable } from '../runtime/abortable.ts'
import { type Clock, systemClock } from '../runtime/deadline.ts'
import type { ExchangeOutcome, Vendor } from './vendor.ts'

export interface ExchangeMemoryOptions {
  /** How long details are good for. The vendor exports once a day, and schedule asks again for what came too late. */
  readonly keepMs?: number
  /** Most symbols kept, of all venues together: about 100 bytes each. A venue with more is asked for every time. */
  readonly mostSymbols?: number
  readonly clock?: Pick<Clock, 'now'>
}

const DEFAULTS = { keepMs: 5 * 60_000, mostSymbols: 50_000, clock: systemClock }

interface Kept {
  readonly outcome: ExchangeOutcome & { readonly kind: 'known' }
  readonly untilMs: number
}

/**
 * The same vendor, except that a venue's details are kept for some minutes, and asked for once by those who want them at
 * the same time: each message of a backfill wants them, and they are megabytes for some venues. Unknown venues and
 * failures are not kept. Memory: `mostSymbols`, whatever the venues; what was kept longest goes first.
 */
export function rememberExchanges(vendor: Vendor, options: ExchangeMemoryOptions = {}): Vendor {
  const { keepMs, mostSymbols, clock } = { ...DEFAULTS, ...options }
  const kept = new Map<string, Kept>()
  const asked = new Map<string, Promise<ExchangeOutcome>>()

  const forget = (room: number) => {
    let symbols = 0
    for (const { outcome } of kept.values()) symbols += symbolsOf(outcome)
    for (const [venue, { outcome, untilMs }] of kept) {
      if (clock.now() < untilMs && symbols + room <= mostSymbols) return
      kept.delete(venue)
      symbols -= symbolsOf(outcome)
    }
  }
  const keep = (venue: string, outcome: ExchangeOutcome) => {
    if (outcome.kind !== 'known' || symbolsOf(outcome) > mostSymbols) return
    forget(symbolsOf(outcome))
    kept.set(venue, { outcome, untilMs: clock.now() + keepMs })
  }
  const ask: Vendor['exchange'] = async (venue, callOptions) => {
    const question = vendor.exchange(venue, callOptions)
    asked.set(venue, question)
    try {
      const outcome = await question
      keep(venue, outcome)
      return outcome
    } finally {
      asked.delete(venue)
    }
  }
  return {
    async exchange(venue, callOptions) {
      forget(0)
      const known = kept.get(venue)
      if (known) return known.outcome
      const question = asked.get(venue)
      // Another's question ends with that one's deadline: who still has time asks then himself.
      const answer = question && (await abortable(question.catch(nothing), callOptions.deadline.signal))
      callOptions.signal?.throwIfAborted()
      return answer ?? (await ask(venue, callOptions))
    },
    venues: callOptions => vendor.venues(callOptions),
    openDataset: (name, callOptions) => vendor.openDataset(name, callOptions),
    close: () => vendor.close(),
  }
}

function symbolsOf({ details }: ExchangeOutcome & { readonly kind: 'known' }): number {
  return details.datasets.symbols.length
}

function nothing(): undefined {}
