import { openLedger } from '../../../ledger/ledger.ts'
import type { VenueDay } from '../../../market/items.ts'
import { type Scope, scopeOf } from '../../../market/scope.ts'
import { selectorsOf } from '../../../market/selector.ts'
import { mapConcurrently } from '../../../runtime/concurrently.ts'
import type { Log } from '../../../runtime/log/log.ts'
import { statusOf } from '../../../schedule/status.ts'
import { venueDays } from '../../../schedule/venue-days.ts'
import type { Bucket } from '../../../storage/bucket.ts'
import type { Part } from './requests.ts'

export interface Looked extends Part {
  /** Venue-days of it that are complete for what is asked. */
  readonly complete: number
}

export interface LookOptions {
  readonly bucket: Bucket
  readonly prefix: string
  readonly dataTypes: readonly string[]
  readonly log: Log
  readonly signal: AbortSignal
  /** Called with the number of venue-days looked at so far. */
  readonly onLooked: (venueDays: number) => void
}

/** More than schedule's: a person's way to the bucket is longer. */
const SUMMARIES_AT_ONCE = 64

/**
 * Counts what of each request is complete already, by the manifests' summaries. Changes nothing. Memory: the requests.
 * Rejects where the bucket fails, or with the signal's reason.
 */
export async function look(parts: readonly Part[], options: LookOptions): Promise<Looked[]> {
  const { bucket, prefix, dataTypes, log, signal, onLooked } = options
  const ledger = openLedger(bucket, prefix)
  const complete = parts.map(() => 0)
  let looked = 0
  const ask = async ({ day, at, scope, upgrade }: Asked) => {
    signal.throwIfAborted()
    return { at, status: await statusOf(ledger, day, { scope, upgrade }, { log, signal }) }
  }
  for await (const { at, status } of mapConcurrently(daysOf(parts, dataTypes), SUMMARIES_AT_ONCE, ask)) {
    if (status === 'complete') complete[at]! += 1
    onLooked(++looked)
  }
  return parts.map((part, at) => ({ ...part, complete: complete[at]! }))
}

interface Asked {
  readonly day: VenueDay
  /** Which of the requests. */
  readonly at: number
  readonly scope: Scope
  readonly upgrade: boolean
}

function* daysOf(parts: readonly Part[], dataTypes: readonly string[]): Generator<Asked> {
  for (const [at, { request }] of parts.entries()) {
    const scope: Scope = scopeOf(request.dataTypes ?? dataTypes, selectorsOf(request))
    for (const day of venueDays({ ...request, scope, force: false }))
      yield { day, at, scope, upgrade: request.upgrade ?? false }
  }
}
