import { z } from 'zod'
import type { CalendarDay } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'

/** What a key may read: a venue in the time [from, to), ISO 8601. https://docs.tardis.dev/api/http-api-reference#api-key-info */
export type KeyAccess = readonly { readonly exchange: string; readonly from: string; readonly to: string }[]

const time = z.string().refine(text => !Number.isNaN(Date.parse(text)))
const schema = z.array(z.object({ exchange: z.string(), from: time, to: time })).min(1)

/** Reads the vendor's answer; undefined for a shape that is not known: then nothing is known to be refused. Pure. */
export function readKeyAccess(text: string): KeyAccess | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Longer than any answer of the vendor's: some sixty venues. */
const MAX_BYTES = 1024 * 1024

/** The same of a body that is being received. Memory: the text, at most 1 MiB. */
export async function collectKeyAccess(chunks: AsyncIterable<Uint8Array>): Promise<KeyAccess | undefined> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    pieces.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_BYTES) return undefined
  }
  return readKeyAccess(Buffer.concat(pieces).toString())
}

/** True of the first day of each month, whose datasets are free for everybody. */
export function isFreeDay(date: CalendarDay): boolean {
  return date.endsWith('-01')
}

/** Why a key may not read any dataset of a venue-day; undefined where it may, or a part of them. Pure. */
export function lackOf(access: KeyAccess, { venue, date }: VenueDay): string | undefined {
  if (isFreeDay(date)) return undefined
  const spans = access.filter(({ exchange }) => exchange === venue)
  if (spans.length === 0) return `the API key does not include ${venue}`
  const dayMs = Date.parse(date)
  if (spans.some(({ from, to }) => dayMs >= Date.parse(from.slice(0, 10)) && dayMs < Date.parse(to))) return undefined
  const texts = spans.map(({ from, to }) => `${from.slice(0, 10)} to ${to.slice(0, 10)}`)
  return `the API key includes ${venue} from ${texts.join(', ')} only`
}
