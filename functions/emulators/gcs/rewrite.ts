import { invalid } from './api-error.ts'
import { readStream } from './download.ts'
import { changeMetadata, parseResource } from './metadata.ts'
import { int64 } from './preconditions.ts'
import { type Exchange, sendJson, targetOf, textOf } from './request.ts'
import { objectResource } from './resource.ts'
import type { ServedBucket } from './served-bucket.ts'

/** Copies an object in one go, https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite */
export async function rewrite(bucket: ServedBucket, exchange: Exchange, from: string, to: string): Promise<void> {
  const { query } = exchange
  const text = await textOf(exchange)
  if (query.has('rewriteToken')) throw invalid('Invalid value for rewriteToken: every copy here is done at once')
  const preconditions = { generationMatch: int64(query, 'ifSourceGenerationMatch') }
  const source = { name: from, generation: query.get('sourceGeneration') ?? undefined, preconditions }
  const staged = bucket.stage()
  try {
    const { fd, record } = await bucket.open(source)
    for await (const piece of readStream(fd, 0, record.file.size)) await staged.write(piece)
    const metadata = text === '' ? record.metadata : changeMetadata({}, parseResource(text))
    const copy = await bucket.put({ ...targetOf(exchange, to), generation: undefined }, await staged.finish(), metadata)
    const size = String(copy.file.size)
    const resource = objectResource(exchange.endpoint, bucket.name, to, copy)
    sendJson(exchange, {
      kind: 'storage#rewriteResponse',
      totalBytesRewritten: size,
      objectSize: size,
      done: true,
      resource,
    })
  } finally {
    staged.discard()
  }
}
