import type { Metadata, ObjectRecord } from '../../storage/folder/records.ts'
import { invalid } from './api-error.ts'
import {
  changeMetadata,
  checkHashes,
  headerHashes,
  parseResource,
  type SentResource,
  type StatedHashes,
  statedHashes,
} from './metadata.ts'
import { parseMultipart } from './multipart.ts'
import { bodyOf, type Exchange, sendEmpty, sendJson, targetOf, textOf } from './request.ts'
import { objectResource } from './resource.ts'
import { parseContentRange, type Sessions } from './resumable.ts'
import type { ServedBucket, Target } from './served-bucket.ts'

/** Makes an object, in one of the three ways of https://cloud.google.com/storage/docs/json_api/v1/objects/insert */
export async function insert(bucket: ServedBucket, sessions: Sessions, exchange: Exchange): Promise<void> {
  const type = exchange.query.get('uploadType')
  if (type === 'media') return insertMedia(bucket, exchange)
  if (type === 'multipart') return insertMultipart(bucket, exchange)
  if (type === 'resumable') return openSession(sessions, exchange)
  throw invalid(`Invalid value for uploadType: ${type}`)
}

/** Takes the next bytes of a resumable upload, or responds with how many it has. */
export async function continueUpload(
  bucket: ServedBucket,
  sessions: Sessions,
  exchange: Exchange,
  id: string,
): Promise<void> {
  const { headers } = exchange.request
  const range = parseContentRange(headers['content-range'])
  const progress = await sessions.put(id, range, bodyOf(exchange), headerHashes(headers['x-goog-hash']))
  if ('record' in progress) return sendRecord(bucket, exchange, progress.name, progress.record)
  // Without the header, no bytes are kept.
  sendEmpty(exchange, 308, progress.kept > 0 ? { range: `bytes=0-${progress.kept - 1}` } : {})
}

/** As Cloud Storage does, with the status 499. */
export async function cancelUpload(sessions: Sessions, exchange: Exchange, id: string): Promise<void> {
  await sessions.cancel(id)
  sendEmpty(exchange, 499)
}

async function insertMedia(bucket: ServedBucket, exchange: Exchange): Promise<void> {
  const { headers } = exchange.request
  const target = insertTarget(exchange, {})
  const { crc32c, md5Hash = headers['content-md5']?.toString() } = headerHashes(headers['x-goog-hash'])
  const metadata = withQuery(exchange, changeMetadata({ contentType: headers['content-type'] ?? OCTETS }, {}))
  await storeWhole(bucket, exchange, target, metadata, { crc32c, md5Hash }, bodyOf(exchange))
}

async function insertMultipart(bucket: ServedBucket, exchange: Exchange): Promise<void> {
  const { headers } = exchange.request
  const parts = await parseMultipart(bodyOf(exchange), headers['content-type'] ?? '')
  const sent = parseResource(parts.metadata)
  const target = insertTarget(exchange, sent)
  const metadata = withQuery(exchange, changeMetadata({ contentType: parts.contentType ?? OCTETS }, sent))
  const inHeader = headerHashes(headers['x-goog-hash'])
  const { crc32c = inHeader.crc32c, md5Hash = inHeader.md5Hash } = statedHashes(sent)
  await storeWhole(bucket, exchange, target, metadata, { crc32c, md5Hash }, parts.media)
}

async function storeWhole(
  bucket: ServedBucket,
  exchange: Exchange,
  target: Target,
  metadata: Metadata,
  stated: StatedHashes,
  media: AsyncIterable<Buffer>,
): Promise<void> {
  await bucket.check(target)
  const staged = bucket.stage()
  try {
    for await (const piece of media) await staged.write(piece)
    const content = await staged.finish()
    checkHashes(stated, content)
    const record = await bucket.put(target, content, metadata)
    sendRecord(bucket, exchange, target.name, record)
  } finally {
    staged.discard()
  }
}

async function openSession(sessions: Sessions, exchange: Exchange): Promise<void> {
  const { query, request, endpoint } = exchange
  const sent = parseResource(await textOf(exchange))
  const target = insertTarget(exchange, sent)
  const contentType = request.headers['x-upload-content-type']?.toString() ?? OCTETS
  const metadata = withQuery(exchange, changeMetadata({ contentType }, sent))
  const id = await sessions.open(target, metadata, statedHashes(sent))
  const path = request.url!.slice(0, request.url!.indexOf('?'))
  const location = new URLSearchParams({
    uploadType: 'resumable',
    name: query.get('name') ?? target.name,
    upload_id: id,
  })
  sendEmpty(exchange, 200, { location: `${endpoint}${path}?${location}`, 'x-guploader-uploadid': id })
}

const OCTETS = 'application/octet-stream'

function insertTarget(exchange: Exchange, sent: SentResource): Target {
  const name = exchange.query.get('name') ?? sent.name
  if (typeof name !== 'string' || name === '') throw invalid('Required: the name of the object')
  return { ...targetOf(exchange, name), generation: undefined }
}

function withQuery({ query }: Exchange, metadata: Metadata): Metadata {
  const contentEncoding = query.get('contentEncoding')
  return contentEncoding ? { ...metadata, contentEncoding } : metadata
}

export function sendRecord(bucket: ServedBucket, exchange: Exchange, name: string, record: ObjectRecord): void {
  sendJson(exchange, objectResource(exchange.endpoint, bucket.name, name, record), {
    'x-goog-generation': record.generation,
    'x-goog-metageneration': String(record.metageneration),
    'x-goog-hash': record.md5Hash ? `crc32c=${record.crc32c},md5=${record.md5Hash}` : `crc32c=${record.crc32c}`,
  })
}
