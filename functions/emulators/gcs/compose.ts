import { invalid } from './api-error.ts'
import { readStream } from './download.ts'
import { changeMetadata, parseResource, type SentResource } from './metadata.ts'
import { type Exchange, targetOf, textOf } from './request.ts'
import type { ServedBucket } from './served-bucket.ts'
import { sendRecord } from './uploads.ts'

const MAX_SOURCES = 32

interface Source {
  readonly name: string
  readonly generation: string | undefined
  readonly generationMatch: bigint | undefined
}

/** Joins objects into a new one, https://cloud.google.com/storage/docs/json_api/v1/objects/compose */
export async function compose(bucket: ServedBucket, exchange: Exchange, name: string): Promise<void> {
  const sent = parseResource(await textOf(exchange))
  const sources = parseSources(sent)
  const staged = bucket.stage()
  try {
    let parts = 0
    let type: string | undefined
    for (const { generationMatch, ...source } of sources) {
      const opened = await bucket.open({ ...source, preconditions: { generationMatch } })
      parts += opened.record.componentCount ?? 1
      type ??= opened.record.metadata.contentType
      for await (const piece of readStream(opened.fd, 0, opened.record.file.size)) await staged.write(piece)
    }
    const destination = parseDestination(sent)
    const metadata = changeMetadata(type === undefined ? {} : { contentType: type }, destination)
    const target = { ...targetOf(exchange, name), generation: undefined }
    const { md5Hash: _, ...content } = await staged.finish()
    sendRecord(bucket, exchange, name, await bucket.put(target, content, metadata, parts))
  } finally {
    staged.discard()
  }
}

function parseSources(sent: SentResource): Source[] {
  const { sourceObjects } = sent
  if (!Array.isArray(sourceObjects) || sourceObjects.length < 1 || sourceObjects.length > MAX_SOURCES) {
    throw invalid(`sourceObjects must be a list of 1 to ${MAX_SOURCES}`)
  }
  return sourceObjects.map(source => {
    const { name, generation, objectPreconditions } = (source ?? {}) as Record<string, unknown>
    if (typeof name !== 'string') throw invalid('every source object needs a name')
    const match = (objectPreconditions as { ifGenerationMatch?: string | number } | undefined)?.ifGenerationMatch
    if (match !== undefined && !/^\d{1,19}$/.test(String(match))) throw invalid(`Invalid ifGenerationMatch: ${match}`)
    const isGiven = generation !== undefined && generation !== null
    return {
      name,
      generation: isGiven ? String(generation) : undefined,
      generationMatch: match === undefined ? undefined : BigInt(match),
    }
  })
}

function parseDestination({ destination }: SentResource): SentResource {
  return typeof destination === 'object' && destination !== null ? (destination as SentResource) : {}
}
