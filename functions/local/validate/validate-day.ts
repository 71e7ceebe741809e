import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { ManifestItem } from '../../ledger/manifest.ts'
import type { Item, VenueDay } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { Bucket, StoredObject } from '../../storage/bucket.ts'
import { crc32c, crc32cText } from '../../storage/crc32c.ts'
import { dataFolder } from '../../storage/names.ts'
import type { ItemChoice } from '../report/item-choice.ts'
import { valueFaults } from './deep.ts'
import type { Finding, StoredItem } from './finding.ts'
import { type Fault, footerFaults } from './footer.ts'
import { ObjectFile } from './object-file.ts'

export interface ValidateFrom {
  readonly bucket: Bucket
  readonly ledger: Ledger
  readonly prefix: string
  /** Data types of which the bucket has folders. */
  readonly dataTypes: readonly string[]
  readonly choice: ItemChoice
  /** Computes each object's checksum from its bytes. */
  readonly reads: boolean
  /** Decodes every value. */
  readonly isDeep: boolean
  readonly signal: AbortSignal
  /** Called after each file, with its bytes. */
  readonly onFile: (bytes: number) => void
}

export interface ValidatedDay extends VenueDay {
  readonly findings: readonly Finding[]
  readonly files: number
  readonly bytes: number
  readonly rows: number
  /** What the manifest says of the day; undefined where it cannot be read. */
  readonly status: 'complete' | 'incomplete' | 'pending' | undefined
}

const FILES_AT_ONCE = 8
/** Decoding waits for the processor, not for the bucket. */
const DECODED_AT_ONCE = 2
const READ_BYTES = 8 * 1024 * 1024

/**
 * Proves a venue-day against its manifest: lists its objects, reads the footer of each, and its bytes or values where that is
 * asked for. Only errors of the bucket are thrown. Memory: the manifest, the list, and 8 MiB for each of 8 files, or a row group for each of 2.
 */
export async function validateDay({ venue, date }: VenueDay, from: ValidateFrom): Promise<ValidatedDay> {
  const day = { venue, date }
  const none = { ...day, files: 0, bytes: 0, rows: 0, status: undefined }
  let manifest: Awaited<ReturnType<Ledger['readManifest']>>
  try {
    manifest = await from.ledger.readManifest(day, from.signal)
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return { ...none, findings: [{ ...day, check: 'manifest', detail: error.message }] }
  }
  if (!manifest) return { ...none, findings: [] }
  const items = manifest.items.filter(isStored)
  const objects = await listDay(day, items, from)
  const isWanted = await from.choice.on(day, from.signal)
  const findings = items.length === 0 && objects.size === 0 ? [] : strangersOf(day, items, objects, isWanted)
  const wanted = items.filter(isWanted)
  const check = (item: StoredItem) => validateItem(day, item, objects.get(item.object), from)
  for await (const found of mapConcurrently(wanted, from.isDeep ? DECODED_AT_ONCE : FILES_AT_ONCE, check))
    findings.push(...found)
  const sum = (field: 'bytes' | 'rows') => wanted.reduce((total, item) => total + (item[field] ?? 0), 0)
  return {
    ...day,
    findings: findings.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    ...{ files: wanted.length, bytes: sum('bytes'), rows: sum('rows'), status: manifest.status },
  }
}

const keyOf = ({ object = '', check, detail }: Finding) => `${object} ${check} ${detail}`

function isStored(item: ManifestItem): item is StoredItem {
  return item.object !== undefined && item.generation !== undefined && item.bytes !== undefined
}

/** The objects of the day by name, of every data type that the manifest or the bucket knows. */
async function listDay(
  { venue, date }: VenueDay,
  items: readonly StoredItem[],
  { bucket, prefix, dataTypes, signal }: ValidateFrom,
): Promise<Map<string, StoredObject>> {
  const objects = new Map<string, StoredObject>()
  for (const dataType of new Set([...items.map(item => item.dataType), ...dataTypes])) {
    const folder = `${dataFolder(prefix, { dataType, venue })}date=${date}/`
    for await (const object of bucket.list(folder, signal)) objects.set(object.name, object)
  }
  return objects
}

/** Objects in the day's folders that its manifest does not name. */
function strangersOf(
  day: VenueDay,
  items: readonly StoredItem[],
  objects: ReadonlyMap<string, StoredObject>,
  isWanted: (item: Item) => boolean,
): Finding[] {
  const known = new Set(items.map(({ object }) => object))
  return [...objects.keys()]
    .filter(object => !known.has(object) && isWanted(namesIn(object)))
    .map(object => ({ ...day, object, check: 'unknown-object', detail: 'no manifest has it' }))
}

/** The data type and the symbol that an object's name says. */
function namesIn(object: string): { dataType: string; symbol: string } {
  const [, dataType = '', symbol = ''] = /data_type=([^/]+)\/.*\/([^/]+?)(?:\.parquet)?$/.exec(object) ?? []
  return { dataType, symbol }
}

async function validateItem(
  day: VenueDay,
  item: StoredItem,
  object: StoredObject | undefined,
  from: ValidateFrom,
): Promise<Finding[]> {
  const { dataType, symbol } = item
  const faults = await faultsOf(day, item, object, from)
  from.onFile(item.bytes)
  return faults.map(fault => ({ ...day, dataType, symbol, object: item.object, ...fault }))
}

async function faultsOf(
  day: VenueDay,
  item: StoredItem,
  object: StoredObject | undefined,
  from: ValidateFrom,
): Promise<Fault[]> {
  if (!object) return [{ check: 'exists', detail: 'is not there' }]
  if (object.bytes !== item.bytes)
    return [{ check: 'size', detail: `found ${object.bytes} bytes, expected ${item.bytes}` }]
  if (object.generation !== item.generation && object.crc32c !== item.crc32c) {
    const detail = `found generation ${object.generation} with CRC32C ${object.crc32c}, expected ${item.generation} with ${item.crc32c}`
    return [{ check: 'generation', detail }]
  }
  const file = new ObjectFile(from.bucket, object, from.signal)
  const checksum = from.reads ? await checksumFaults(file, item) : []
  return [...checksum, ...(await contentFaults(day, item, file, from))]
}

async function checksumFaults(file: ObjectFile, { crc32c: expected }: StoredItem): Promise<Fault[]> {
  let crc = 0
  for (let start = 0; start < file.byteLength; start += READ_BYTES) {
    crc = crc32c(await file.read(start, Math.min(file.byteLength, start + READ_BYTES)), crc)
  }
  const found = crc32cText(crc)
  return found === expected
    ? []
    : [{ check: 'checksum', detail: `CRC32C of the bytes: found ${found}, expected ${expected}` }]
}

async function contentFaults(
  day: VenueDay,
  item: StoredItem,
  file: ObjectFile,
  { isDeep, signal }: ValidateFrom,
): Promise<Fault[]> {
  const { dataType, symbol } = item
  try {
    const metadata = await file.metadata()
    const faults = footerFaults(metadata, item, { ...day, dataType, symbol })
    return isDeep ? [...faults, ...(await valueFaults(file, metadata, item, day.date))] : faults
  } catch (error) {
    signal.throwIfAborted()
    if (file.hasFailed) throw error
    const what = error instanceof Error ? error.message : String(error)
    return [{ check: 'footer', detail: `cannot be read as Parquet: ${what}` }]
  }
}
