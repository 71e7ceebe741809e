import type { Metadata } from '../../storage/folder/records.ts'
import { invalid } from './api-error.ts'

const FIELDS = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
] as const

/** An object resource as a client sends it. */
export type SentResource = Readonly<Record<string, unknown>>

export function parseResource(text: string): SentResource {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as SentResource
  } catch {
    // Rejected below, as any other text that is no object.
  }
  throw invalid('Parse Error: the metadata is not a JSON object')
}

/** The object's metadata, changed by what the client sent; null removes a field. @throws ApiError 400 */
export function changeMetadata(metadata: Metadata, sent: SentResource): Metadata {
  const changed: Record<string, unknown> = { ...metadata }
  for (const field of FIELDS) {
    const value = sent[field]
    if (value === null) delete changed[field]
    else if (typeof value === 'string') changed[field] = value
    else if (value !== undefined) throw invalid(`${field} is not a string`)
  }
  if (sent.metadata === null) delete changed.metadata
  else if (sent.metadata !== undefined) changed.metadata = changeCustom(metadata.metadata ?? {}, sent.metadata)
  return changed
}

function changeCustom(present: Readonly<Record<string, string>>, sent: unknown): Record<string, string> {
  if (typeof sent !== 'object' || sent === null) throw invalid('metadata is not an object')
  const changed = new Map(Object.entries(present))
  for (const [key, value] of Object.entries(sent)) {
    if (value === null) changed.delete(key)
    else changed.set(key, String(value))
  }
  return Object.fromEntries(changed)
}

/** Checksums that a client states, in base64. */
export interface StatedHashes {
  readonly crc32c?: string | undefined
  readonly md5Hash?: string | undefined
}

/** @throws ApiError 400 where a content is not what the client stated. */
export function checkHashes(stated: StatedHashes, found: StatedHashes): void {
  compare('CRC32C', stated.crc32c, found.crc32c)
  compare('MD5 hash', stated.md5Hash, found.md5Hash)
}

function compare(what: string, stated: string | undefined, calculated: string | undefined): void {
  if (stated === undefined || stated === calculated) return
  throw invalid(`Provided ${what} "${stated}" doesn't match calculated ${what} "${calculated}".`)
}

/** The checksums that the metadata states for the content. */
export function statedHashes(sent: SentResource): StatedHashes {
  const { crc32c, md5Hash } = sent
  return {
    crc32c: typeof crc32c === 'string' ? crc32c : undefined,
    md5Hash: typeof md5Hash === 'string' ? md5Hash : undefined,
  }
}

/** The checksums in `X-Goog-Hash: crc32c=…,md5=…`. */
export function headerHashes(header: string | string[] | undefined): StatedHashes {
  const parts = [header]
    .flat()
    .join(',')
    .split(',')
    .map(part => part.trim())
  const find = (key: string) => parts.find(part => part.startsWith(key))?.slice(key.length)
  return { crc32c: find('crc32c='), md5Hash: find('md5=') }
}
