import type { StoredObject } from './bucket.ts'
import type { GcsApi, GcsRequest, GcsResponse } from './gcs-api.ts'

/** The fields of an object resource that we ask for, https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export const OBJECT_FIELDS = 'name,generation,size,crc32c'

/** The requested fields of an object resource, checked. */
export function toStoredObject(api: GcsApi, request: GcsRequest, resource: unknown): StoredObject {
  const { name, generation, size, crc32c } = (resource ?? {}) as Record<string, unknown>
  const bytes = Number(size)
  const isWhole = typeof name === 'string' && isGeneration(generation) && typeof crc32c === 'string'
  if (isWhole && Number.isSafeInteger(bytes)) return { name, generation, bytes, crc32c }
  throw api.error(
    request,
    `the response is not an object: ${JSON.stringify(resource)?.slice(0, 200)}`,
    'BAD_RESPONSE',
    true,
  )
}

/** The object, from the headers of a media response. */
export function headersToStoredObject(api: GcsApi, request: GcsRequest, response: GcsResponse): StoredObject {
  const { headers, body } = response
  const hash = [headers['x-goog-hash']].flat().join(',')
  return toStoredObject(api, request, {
    name: request.object,
    generation: headers['x-goog-generation'],
    size: body.length,
    crc32c: /(?:^|,)\s*crc32c=([A-Za-z0-9+/]{6}==)/.exec(hash)?.[1],
  })
}

export function parseJson(api: GcsApi, request: GcsRequest, { body }: GcsResponse): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (cause) {
    throw api.error(request, `the response is not JSON: ${body.toString('utf8', 0, 200)}`, 'BAD_RESPONSE', true, {
      cause,
    })
  }
}

const isGeneration = (value: unknown): value is string => typeof value === 'string' && /^[1-9][0-9]{0,18}$/.test(value)
