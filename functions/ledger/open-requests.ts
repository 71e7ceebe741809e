import { mapConcurrently } from '../runtime/concurrently.ts'
import type { Clock } from '../runtime/deadline.ts'
import { SCHEMA_VERSION } from './fields.ts'
import type { Ledger, ListedRequest } from './ledger.ts'
import type { KeptRequest } from './request.ts'
import type { UpdateOptions } from './update.ts'

const REQUESTS_AT_ONCE = 32

interface Found {
  readonly open: KeptRequest[]
  /** Read just now, and not known as ended yet. */
  readonly ended: readonly ListedRequest[]
  /** All that are ended. */
  readonly generations: Readonly<Record<string, string>>
}

/**
 * The kept requests that are open, in order of id, without reading those that are noted as ended. Notes which others are.
 * Where noting fails, the next run reads them again. Memory: all open requests.
 */
export async function sortOutRequests(ledger: Ledger, options: UpdateOptions): Promise<KeptRequest[]> {
  const { open, ended, generations } = await findRequests(ledger, options.signal)
  if (ended.length > 0) {
    const document = { schemaVersion: SCHEMA_VERSION, generations }
    await ledger
      .update('endedRequests', 'requests', () => document, options)
      .catch(error => options.log.warn('which requests are ended was not noted, the next run does it', { error }))
  }
  return open
}

const KEPT_MS = 30_000

/** The open requests as one process knows them: read at most every 30 s where they have what is looked for. */
export class OpenRequests {
  readonly #clock: Pick<Clock, 'now'>
  #open: readonly KeptRequest[] = []
  #readMs = Number.NEGATIVE_INFINITY

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** The first open request that fits. Where none does, they are read once more. Rejects where the bucket fails. */
  async find(
    ledger: Ledger,
    fits: (request: KeptRequest) => boolean,
    signal?: AbortSignal,
  ): Promise<KeptRequest | undefined> {
    const isFresh = this.#clock.now() - this.#readMs < KEPT_MS
    const known = isFresh ? this.#open.find(fits) : undefined
    if (known) return known
    this.#open = (await findRequests(ledger, signal)).open
    this.#readMs = this.#clock.now()
    return this.#open.find(fits)
  }
}

async function findRequests(ledger: Ledger, signal: AbortSignal | undefined): Promise<Found> {
  const known = new Map(Object.entries((await ledger.readEndedRequests(signal))?.generations ?? {}))
  const generations: Record<string, string> = {}
  const unknown: ListedRequest[] = []
  for await (const listed of ledger.listRequests(signal)) {
    if (known.get(listed.id) === listed.generation) generations[listed.id] = listed.generation
    else unknown.push(listed)
  }
  const open: KeptRequest[] = []
  const ended: ListedRequest[] = []
  const read = async (listed: ListedRequest) => ({ listed, request: await ledger.readRequest(listed.id, signal) })
  for await (const { listed, request } of mapConcurrently(unknown, REQUESTS_AT_ONCE, read)) {
    if (request?.state === 'open') open.push(request)
    else if (request) ended.push(listed)
  }
  for (const { id, generation } of ended) generations[id] = generation
  return { open: open.sort((a, b) => (a.id < b.id ? -1 : 1)), ended, generations }
}
