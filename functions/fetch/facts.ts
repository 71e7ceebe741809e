import { z } from 'zod'
import { count, fields, micros } from '../ledger/fields.ts'
import { quality } from '../ledger/quality.ts'
import type { ItemName } from '../market/items.ts'
import { dataType, day, symbol, venue } from '../market/schemas.ts'
import type { Bucket, StoredObject } from '../storage/bucket.ts'
import { datasetPath } from '../tardis/path.ts'
import { otherColumns } from '../ticks/columns.ts'
import type { ConvertSummary } from '../ticks/convert.ts'
import { readFooterMetadata } from '../ticks/parquet/footer.ts'
import { qualityFacts } from './quality-facts.ts'

/**
 * What a Parquet object says of itself in its footer's key-value metadata: a function of the source alone, so the same
 * source makes the same bytes, and enough to take the object over without a download.
 */
export const FACTS_KEY = 'tick-handler'

/**
 * The checks that release 0.1 does not make: it takes no other field in its facts, and would take the object for somebody
 * else's.
 */
const CHECKS_KEY = 'tick-handler.quality'

/** Only in files of sample data, with the value `true`: their rows are made up. */
export const GENERATED_KEY = 'tick-handler.generated'

/** The version of the facts that this release writes, and the highest that it reads. */
const FACTS_VERSION = 1

const factsSchema = fields({
  version: z.int().min(1).max(FACTS_VERSION),
  venue,
  dataType,
  date: day,
  symbol,
  source: fields({ path: z.string(), bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  rows: count,
  textBytes: count,
  firstTimestampMicros: micros.optional(),
  lastTimestampMicros: micros.optional(),
  quality,
})
/** `exchanges` and `otherColumns` are not in the file's metadata: the file itself says them. */
export type Facts = z.infer<typeof factsSchema> & Unusual

/** What few files have, and the tables must know. */
type Unusual = {
  /** The least and the greatest value of the column `exchange`, where they are not the venue. */
  readonly exchanges?: string[]
  /** Columns that the data type does not document. */
  readonly otherColumns?: string[]
}

function unusual(venue: string, exchanges: readonly string[] = [], otherColumns: readonly string[] = []): Unusual {
  return {
    ...(exchanges.some(exchange => exchange !== venue) && { exchanges: ends([...exchanges].sort()) }),
    ...(otherColumns.length > 0 && { otherColumns: [...otherColumns].sort() }),
  }
}

/** The first and the last, or the only one. */
function ends(sorted: readonly string[]): string[] {
  return [...new Set([...sorted.slice(0, 1), ...sorted.slice(-1)])]
}

/** Enough for nearly every footer; a longer one is read again whole. */
const TAIL_BYTES = 64 * 1024
/** No footer of ours comes near; a foreign object must not decide how much memory we take. */
const MAX_FOOTER_BYTES = 16 * 1024 * 1024

/** The facts of a dataset that has been read to its end. */
export function factsOf(name: ItemName, summary: ConvertSummary): Facts {
  const { firstTimestampMicros: first, lastTimestampMicros: last } = summary
  return {
    version: FACTS_VERSION,
    venue: name.venue,
    dataType: name.dataType,
    date: name.date,
    symbol: name.symbol,
    source: { path: datasetPath(name), bytes: summary.sourceBytes, sha256: summary.sourceSha256 },
    rows: summary.rows,
    textBytes: summary.textBytes,
    ...(first !== undefined && { firstTimestampMicros: `${first}` }),
    ...(last !== undefined && { lastTimestampMicros: `${last}` }),
    quality: qualityFacts(summary.quality),
    ...unusual(name.venue, summary.exchanges, summary.otherColumns),
  }
}

/** The facts as key-value metadata of the file. */
export function factsMetadata({
  quality,
  exchanges: _,
  otherColumns: __,
  ...facts
}: Facts): Readonly<Record<string, string>> {
  const { rowsOutOfOrder, largestGapMicros, largestGapStartMicros, rowsOutsideDay, ...checks } = quality
  // JSON leaves out what is undefined.
  const first = { rowsOutOfOrder, largestGapMicros, largestGapStartMicros, rowsOutsideDay }
  return {
    [FACTS_KEY]: JSON.stringify({ ...facts, quality: first }),
    ...(checks.version !== undefined && { [CHECKS_KEY]: JSON.stringify(checks) }),
  }
}

/** What a stored object says of itself. */
type FactsFound =
  | { readonly kind: 'known'; readonly facts: Facts }
  /** A newer release wrote the object in a way that this one does not understand. */
  | { readonly kind: 'newer'; readonly detail: string }
export type StoredFacts = FactsFound & { readonly converterVersion?: number | undefined }

/**
 * What a stored object says of itself, from a ranged read of its end. Undefined where it is not one of ours for this very
 * dataset, or is gone. Memory: the footer. Safe to repeat.
 */
export async function readFacts(
  bucket: Pick<Bucket, 'readRange'>,
  object: StoredObject,
  name: ItemName,
  signal: AbortSignal,
): Promise<StoredFacts | undefined> {
  const footer = await readFooter(bucket, object, signal)
  if (!footer) return undefined
  const { metadata, rows, columns, exchanges, converterVersion } = footer
  const found = factsIn(metadata, rows, name)
  if (found?.kind !== 'known') return found
  const facts = { ...found.facts, ...unusual(name.venue, exchanges, otherColumns(name.dataType, columns)) }
  return { ...found, facts, converterVersion }
}

/** What a footer's key-value metadata says; undefined where it is not about this very dataset and so many rows. Pure. */
export function factsIn(
  metadata: Readonly<Record<string, string>>,
  rows: number,
  name: ItemName,
): FactsFound | undefined {
  const json = parse(metadata[FACTS_KEY])
  if (json === undefined) return undefined
  const { version } = json
  if (Number.isSafeInteger(version) && Number(version) > FACTS_VERSION) {
    return { kind: 'newer', detail: `its facts have version ${version}, this release reads up to ${FACTS_VERSION}` }
  }
  const checks = parse(metadata[CHECKS_KEY])
  const facts = factsSchema.safeParse(withChecks(json, checks)).data
  return facts && isAbout(facts, name) && facts.rows === rows ? { kind: 'known', facts } : undefined
}

async function readFooter(bucket: Pick<Bucket, 'readRange'>, object: StoredObject, signal: AbortSignal) {
  for (let want = Math.min(TAIL_BYTES, object.bytes); want > 0; ) {
    const tail = await bucket.readRange(object, object.bytes - want, object.bytes, signal)
    const footer = tail && metadataOf(tail)
    if (footer === undefined || 'metadata' in footer) return footer
    const needBytes = footer.needBytes
    if (needBytes <= want || needBytes > object.bytes || needBytes > MAX_FOOTER_BYTES) return undefined
    want = needBytes
  }
  return undefined
}

/** What is no Parquet file is not ours either. */
function metadataOf(tail: Uint8Array): ReturnType<typeof readFooterMetadata> | undefined {
  try {
    return readFooterMetadata(tail)
  } catch {
    return undefined
  }
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text ?? 'null')
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Checks that this release does not understand change nothing about what the object is. */
function withChecks(json: Readonly<Record<string, unknown>>, checks: Readonly<Record<string, unknown>> | undefined) {
  const merged = { ...(json.quality as object | undefined), ...checks }
  return quality.safeParse(merged).success ? { ...json, quality: merged } : json
}

function isAbout(facts: Facts, name: ItemName): boolean {
  return (['venue', 'dataType', 'date', 'symbol'] as const).every(part => facts[part] === name[part])
}
