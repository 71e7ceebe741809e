import type { CopyOutcome, StoredObject, WriteOptions } from './bucket.ts'
import type { GcsApi, GcsRequest } from './gcs-api.ts'
import { OBJECT_FIELDS, parseJson, toStoredObject } from './gcs-object.ts'
import { statObject } from './gcs-write.ts'

interface Rewritten {
  readonly done?: boolean
  readonly rewriteToken?: string
  readonly resource?: unknown
}

/**
 * Copies one generation inside the bucket, https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite. A copy that
 * the bucket does not end within one request goes on with the token of its response. The metadata is stated, so that the
 * copy does not take over a retention time.
 */
export async function copyObject(
  api: GcsApi,
  bucket: string,
  source: StoredObject,
  name: string,
  { contentType, signal }: WriteOptions,
): Promise<CopyOutcome> {
  for (let rewriteToken: string | undefined; ; ) {
    const request: GcsRequest = {
      operation: 'copy',
      object: name,
      method: 'POST',
      path: `${api.objectPath(source.name)}/rewriteTo/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`,
      query: {
        ...{ sourceGeneration: source.generation, ifGenerationMatch: '0', rewriteToken },
        fields: `done,rewriteToken,resource(${OBJECT_FIELDS})`,
      },
      headers: { 'content-type': 'application/json' },
      body: [Buffer.from(JSON.stringify({ contentType }))],
      signal,
      accept: [404, 412],
    }
    const response = await api.call(request)
    if (response.status === 404) return { outcome: 'gone' }
    // Our own earlier attempt may have made the copy, and its response was lost.
    if (response.status === 412) return outcomeOf(await statObject(api, name, signal), source)
    const rewritten = parseJson(api, request, response) as Rewritten | null
    if (rewritten?.done === true) {
      const outcome = outcomeOf(toStoredObject(api, request, rewritten.resource), source)
      if (outcome.outcome === 'committed') return outcome
      throw api.error(request, `the copy is not what ${source.name} is: ${response.body}`, 'CHECKSUM', false)
    }
    rewriteToken = rewritten?.rewriteToken
    if (rewriteToken === undefined) {
      throw api.error(request, `the copy is not done, and has no token: ${response.body}`, 'BAD_RESPONSE', false)
    }
  }
}

function outcomeOf(object: StoredObject | undefined, source: StoredObject): CopyOutcome {
  const isSame = object?.bytes === source.bytes && object.crc32c === source.crc32c
  return object && isSame ? { outcome: 'committed', object } : { outcome: 'conflict' }
}
