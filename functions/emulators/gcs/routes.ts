import { ApiError, invalid, noBucket } from './api-error.ts'
import { compose } from './compose.ts'
import { sendMedia } from './download.ts'
import { listNames, parseListQuery } from './listing.ts'
import { changeMetadata, parseResource } from './metadata.ts'
import { type Exchange, sendEmpty, sendJson, targetOf, textOf } from './request.ts'
import { bucketResource, objectResource } from './resource.ts'
import type { Sessions } from './resumable.ts'
import { rewrite } from './rewrite.ts'
import type { ServedBucket } from './served-bucket.ts'
import { cancelUpload, continueUpload, insert, sendRecord } from './uploads.ts'

/** `/storage/v1/b/BUCKET/o/OBJECT/compose`, alone or after `/upload` or `/download`, or `…/rewriteTo/b/BUCKET/o/OBJECT`. */
const PATH =
  /^(\/upload|\/download)?\/storage\/v1\/b\/([^/]+)(?:\/(o)(?:\/([^/]+)(?:\/(compose|rewriteTo\/b\/[^/]+\/o\/[^/]+))?)?)?\/?$/

/** Answers one request of the JSON API. @throws ApiError for whatever is not a success. */
export async function route(bucket: ServedBucket, sessions: Sessions, exchange: Exchange, path: string): Promise<void> {
  const match = PATH.exec(path)
  if (!match) throw new ApiError(404, 'notFound', `Not Found: ${path}`)
  const [, area, bucketName, objects, name, action] = match
  if (decode(bucketName!) !== bucket.name) throw noBucket()
  if (area === '/upload') return routeUpload(bucket, sessions, exchange)
  const { method } = exchange.request
  if (name !== undefined && method === 'POST' && action?.startsWith('rewriteTo/'))
    return rewrite(bucket, exchange, decode(name), targetOfRewrite(bucket, action))
  if (name !== undefined) return routeObject(bucket, exchange, decode(name), `${method}${action ? ` ${action}` : ''}`)
  if (method === 'GET' && objects) return list(bucket, exchange)
  if (method === 'GET') return sendJson(exchange, bucketResource(exchange.endpoint, bucket.name))
  throw unsupported(exchange)
}

async function routeUpload(bucket: ServedBucket, sessions: Sessions, exchange: Exchange): Promise<void> {
  const id = exchange.query.get('upload_id')
  const { method } = exchange.request
  if (method === 'POST' && id === null) return insert(bucket, sessions, exchange)
  if (method === 'PUT' && id !== null) return continueUpload(bucket, sessions, exchange, id)
  if (method === 'DELETE' && id !== null) return cancelUpload(sessions, exchange, id)
  throw unsupported(exchange)
}

async function routeObject(bucket: ServedBucket, exchange: Exchange, name: string, what: string): Promise<void> {
  const target = targetOf(exchange, name)
  switch (what) {
    case 'GET':
      if (exchange.query.get('alt') === 'media') return sendMedia(bucket, exchange, name)
      return sendRecord(bucket, exchange, name, await bucket.stat(target))
    case 'PATCH': {
      const sent = parseResource(await textOf(exchange))
      return sendRecord(bucket, exchange, name, await bucket.patch(target, present => changeMetadata(present, sent)))
    }
    case 'PUT': {
      const sent = parseResource(await textOf(exchange))
      return sendRecord(bucket, exchange, name, await bucket.patch(target, () => changeMetadata({}, sent)))
    }
    case 'DELETE':
      await bucket.delete(target)
      return sendEmpty(exchange, 204)
    case 'POST compose':
      return compose(bucket, exchange, name)
    default:
      throw unsupported(exchange)
  }
}

/** @throws ApiError where the destination is another bucket. */
function targetOfRewrite(bucket: ServedBucket, action: string): string {
  const [, , to = '', , name = ''] = action.split('/')
  if (decode(to) !== bucket.name) throw noBucket()
  return decode(name)
}

async function list(bucket: ServedBucket, exchange: Exchange): Promise<void> {
  const page = await listNames(bucket.store.folder, parseListQuery(exchange.query))
  const items = []
  for (const name of page.names) {
    const record = await bucket.stat({ name, preconditions: {} }).catch(skipGone)
    if (record) items.push(objectResource(exchange.endpoint, bucket.name, name, record))
  }
  const prefixes = page.prefixes.length > 0 ? { prefixes: page.prefixes } : {}
  sendJson(exchange, { kind: 'storage#objects', nextPageToken: page.nextPageToken, ...prefixes, items })
}

/** An object that was removed while its page was put together is not in it. */
function skipGone(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined
  throw error
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(`${text} is not percent-encoded UTF-8`)
  }
}

const unsupported = ({ request }: Exchange): ApiError =>
  new ApiError(
    501,
    'notImplemented',
    `${request.method} ${request.url?.split('?')[0]} is not part of this local bucket`,
  )
