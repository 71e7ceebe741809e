import { ApiError, invalid, noBucket } from './api-error.ts'
import { compose } from './compose.ts'
import { sendMedia } from './download.ts'
import { listNames, parseListQuery } from './listing.ts'
import { changeMetadata, parseResource } from './metadata.ts'
import { type Exchange, sendEmpty, sendJson, targetOf, textOf } from './request.ts'
import { bucketResource, objectResource } from './resource.ts'
import type { Sessions } from './resumable.ts'
import type { Store } from './store.ts'
import { cancelUpload, continueUpload, insert, sendRecord } from './uploads.ts'

/** `/storage/v1/b/BUCKET/o/OBJECT/compose`, with `/upload` or `/download` in front of it or nothing. */
const PATH = /^(\/upload|\/download)?\/storage\/v1\/b\/([^/]+)(?:\/(o)(?:\/([^/]+)(?:\/(compose))?)?)?\/?$/

/** Answers one request of the JSON API. @throws ApiError for whatever is not a success. */
export async function route(store: Store, sessions: Sessions, exchange: Exchange, path: string): Promise<void> {
  const match = PATH.exec(path)
  if (!match) throw new ApiError(404, 'notFound', `Not Found: ${path}`)
  const [, area, bucket, objects, name, action] = match
  if (decode(bucket!) !== store.bucket) throw noBucket()
  if (area === '/upload') return routeUpload(store, sessions, exchange)
  const { method } = exchange.request
  if (name !== undefined) return routeObject(store, exchange, decode(name), `${method}${action ? ` ${action}` : ''}`)
  if (method === 'GET' && objects) return list(store, exchange)
  if (method === 'GET') return sendJson(exchange, bucketResource(exchange.endpoint, store.bucket))
  throw unsupported(exchange)
}

async function routeUpload(store: Store, sessions: Sessions, exchange: Exchange): Promise<void> {
  const id = exchange.query.get('upload_id')
  const { method } = exchange.request
  if (method === 'POST' && id === null) return insert(store, sessions, exchange)
  if (method === 'PUT' && id !== null) return continueUpload(store, sessions, exchange, id)
  if (method === 'DELETE' && id !== null) return cancelUpload(sessions, exchange, id)
  throw unsupported(exchange)
}

async function routeObject(store: Store, exchange: Exchange, name: string, what: string): Promise<void> {
  const target = targetOf(exchange, name)
  switch (what) {
    case 'GET':
      if (exchange.query.get('alt') === 'media') return sendMedia(store, exchange, name)
      return sendRecord(store, exchange, name, await store.stat(target))
    case 'PATCH': {
      const sent = parseResource(await textOf(exchange))
      return sendRecord(store, exchange, name, await store.patch(target, present => changeMetadata(present, sent)))
    }
    case 'PUT': {
      const sent = parseResource(await textOf(exchange))
      return sendRecord(store, exchange, name, await store.patch(target, () => changeMetadata({}, sent)))
    }
    case 'DELETE':
      await store.delete(target)
      return sendEmpty(exchange, 204)
    case 'POST compose':
      return compose(store, exchange, name)
    default:
      throw unsupported(exchange)
  }
}

async function list(store: Store, exchange: Exchange): Promise<void> {
  const page = await listNames(store.folder, parseListQuery(exchange.query))
  const items = []
  for (const name of page.names) {
    const record = await store.stat({ name, preconditions: {} }).catch(skipGone)
    if (record) items.push(objectResource(exchange.endpoint, store.bucket, name, record))
  }
  const prefixes = page.prefixes.length > 0 ? { prefixes: page.prefixes } : {}
  sendJson(exchange, { kind: 'storage#objects', nextPageToken: page.nextPageToken, ...prefixes, items })
}

/** An object removed while its page was put together is not in it; nor is a file whose name no object can have. */
function skipGone(error: unknown): undefined {
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return undefined
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
