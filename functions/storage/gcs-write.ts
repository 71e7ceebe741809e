import { randomUUID } from 'node:crypto'
import type { Generation, StoredObject, WriteOutcome } from './bucket.ts'
import { crc32cText } from './crc32c.ts'
import type { GcsApi, GcsRequest, GcsResponse } from './gcs-api.ts'
import { OBJECT_FIELDS, parseJson, toStoredObject } from './gcs-object.ts'

/** The object to write, and the generation that it replaces. */
export interface Upload {
  readonly name: string
  readonly expected: Generation
  readonly contentType: string
  readonly signal: AbortSignal | undefined
  readonly retention?: Retention | undefined
}

/** Until when nobody can replace or delete the object, https://cloud.google.com/storage/docs/object-lock. */
export interface Retention {
  readonly mode: 'Unlocked' | 'Locked'
  /** RFC 3339. */
  readonly retainUntilTime: string
}

/** What the object's resource says from its first moment on. */
export function metadataOf({ contentType, retention }: Upload): Readonly<Record<string, unknown>> {
  return { contentType, ...(retention && { retention }) }
}

/** Length and checksum of the whole content. */
export interface Content {
  readonly bytes: number
  readonly crc: number
}

/**
 * A whole object in one multipart request, which states the CRC32C: the bucket takes nothing else.
 * https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects
 */
export async function insertWhole(
  api: GcsApi,
  upload: Upload,
  pieces: readonly Uint8Array[],
  content: Content,
): Promise<WriteOutcome> {
  const boundary = randomUUID()
  const metadata = { name: upload.name, ...metadataOf(upload), crc32c: crc32cText(content.crc) }
  const head =
    `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n` +
    `--${boundary}\r\ncontent-type: ${upload.contentType}\r\n\r\n`
  const request: GcsRequest = {
    operation: 'write',
    object: upload.name,
    method: 'POST',
    path: api.uploadPath(),
    query: { uploadType: 'multipart', name: upload.name, ifGenerationMatch: upload.expected, fields: OBJECT_FIELDS },
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body: [Buffer.from(head), ...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)],
    signal: upload.signal,
    accept: [412],
  }
  return settle(api, upload, request, await api.call(request), content)
}

/** The outcome of a write, from the bucket's last response. A retry is safe: a read finds a write whose response was lost. */
export async function settle(
  api: GcsApi,
  upload: Upload,
  request: GcsRequest,
  response: GcsResponse,
  content: Content,
): Promise<WriteOutcome> {
  if (response.status === 412) return readBack(api, upload, content)
  const object = toStoredObject(api, request, parseJson(api, request, response))
  if (isSame(object, content)) return { outcome: 'committed', object }
  await removeObject(api, object, upload.signal)
  const found = `stored ${object.bytes} bytes with crc32c ${object.crc32c}`
  const what = `${found}, sent ${content.bytes} with ${crc32cText(content.crc)}; it was removed again`
  throw api.error(request, what, 'CHECKSUM', true)
}

/**
 * After a refused precondition: our own earlier attempt may have written the object, and its response was lost. The same
 * content in the bucket is therefore a success, also where another writer wrote it.
 */
export async function readBack(api: GcsApi, upload: Upload, content: Content): Promise<WriteOutcome> {
  const object = await statObject(api, upload.name, upload.signal)
  return object && isSame(object, content) ? { outcome: 'committed', object } : { outcome: 'conflict' }
}

export async function statObject(
  api: GcsApi,
  name: string,
  signal: AbortSignal | undefined,
): Promise<StoredObject | undefined> {
  const request: GcsRequest = {
    operation: 'stat',
    object: name,
    method: 'GET',
    path: api.objectPath(name),
    query: { fields: OBJECT_FIELDS },
    signal,
    accept: [404],
  }
  const response = await api.call(request)
  return response.status === 404 ? undefined : toStoredObject(api, request, parseJson(api, request, response))
}

/** Deletes exactly this generation, never another writer's. */
export async function removeObject(
  api: GcsApi,
  { name, generation }: Pick<StoredObject, 'name' | 'generation'>,
  signal: AbortSignal | undefined,
): Promise<'removed' | 'conflict'> {
  const { status } = await api.call({
    operation: 'delete',
    object: name,
    method: 'DELETE',
    path: api.objectPath(name),
    query: { ifGenerationMatch: generation },
    signal,
    accept: [404, 412],
  })
  return status === 412 ? 'conflict' : 'removed'
}

const isSame = (object: StoredObject, { bytes, crc }: Content): boolean =>
  object.bytes === bytes && object.crc32c === crc32cText(crc)
