import { gzipSync } from 'node:zlib'
import { SCHEMA_VERSION } from '../ledger/fields.ts'
import { openLedger } from '../ledger/ledger.ts'
import type { VendorInstrument, VendorInstruments } from '../ledger/vendor-instruments.ts'
import { DAY_MS, dayStartMs } from '../market/days.ts'
import { compareText, type VenueDay } from '../market/items.ts'
import { datasetSymbol } from '../market/symbols.ts'
import type { Deadline } from '../runtime/deadline.ts'
import type { Services } from '../services.ts'
import { instrumentsOn } from '../tardis/items.ts'
import type { DatasetOutcome } from '../tardis/outcomes.ts'
import { instrumentText } from './instrument-rows.ts'

type Needed = Pick<Services, 'bucket' | 'vendor' | 'config' | 'clock' | 'random' | 'log'>

/**
 * Opens the instruments of a venue-day, as `openDataset` opens a file of the vendor: as gzipped CSV, whose bytes follow
 * from the saved snapshot alone. The snapshot is taken where there is none, and again with `renew`. Rejects where the vendor
 * or the bucket fails. Memory: the snapshot and its text, some 500 bytes per instrument. Safe to run twice.
 */
export async function openInstruments(
  day: VenueDay,
  renew: boolean,
  services: Needed,
  deadline: Deadline,
): Promise<DatasetOutcome> {
  const { bucket, config, clock, random, log } = services
  const take = async (stored: VendorInstruments | undefined) =>
    stored && !renew ? stored : await takeSnapshot(day, services, deadline)
  const ledger = openLedger(bucket, config.gcsPrefix)
  const { signal } = deadline
  const snapshot = await ledger.update('vendorInstruments', day, take, { clock, random, log, signal })
  if (!snapshot) return { kind: 'missing', detail: `Tardis lists no instruments of ${day.venue} on ${day.date}` }
  // Not compressed, because the file's digest is kept, and another release of zlib compresses otherwise.
  const file = gzipSync(instrumentText(snapshot.document), { level: 0 })
  return { kind: 'open', contentLength: file.length, body: once(file), cancel: () => {} }
}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}

/** Undefined where the vendor lists none. */
async function takeSnapshot(
  day: VenueDay,
  { vendor, clock, log }: Needed,
  deadline: Deadline,
): Promise<VendorInstruments | undefined> {
  const { venue, date } = day
  const outcome = await vendor.exchange(venue, { deadline })
  const listed = outcome.kind === 'known' ? instrumentsOn(outcome.details, date) : []
  if (listed.length === 0) return undefined
  const symbols = new Set(listed.map(({ id }) => datasetSymbol(id)))
  const answer = await vendor.instruments({ venue, symbols, beforeMs: dayStartMs(date) + DAY_MS }, { deadline })
  if (answer.kind === 'not-readable') log.info('instruments are described by their names', { reason: answer.reason })
  const known = answer.kind === 'known' ? answer.instruments : undefined
  const instruments = listed.map(({ id, ...listing }): VendorInstrument => {
    const described = known?.get(datasetSymbol(id))
    return { symbol: id, ...listing, ...(described && { described }) }
  })
  return {
    schemaVersion: SCHEMA_VERSION,
    venue,
    date,
    taken: new Date(clock.now()).toISOString(),
    ...(answer.kind === 'not-readable' && { notReadable: answer.reason }),
    instruments: instruments.sort((a, b) => compareText(a.symbol, b.symbol)),
  }
}
