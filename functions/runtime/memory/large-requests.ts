import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { garbageCollector } from './garbage.ts'

/** https://nodejs.org/api/diagnostics_channel.html#http */
const RESPONSE_FINISH = 'http.server.response.finish'

/** What body-parser and the Functions Framework keep of a body, with the request. */
type Parsed = IncomingMessage & { body?: unknown; rawBody?: unknown }

/**
 * Releases a request's body of more than `minBytes` when this process's server has answered it, and collects the
 * garbage. The framework makes some five copies of a body and holds the last requests, and V8 knows nothing of the
 * container's limit: a few of Pub/Sub's largest messages in a row would end an instance of 256 MiB. Returns a function that
 * ends this.
 */
export function freeLargeRequests(minBytes: number, collect = garbageCollector()): () => void {
  const onFinish = (finished: unknown) => {
    const { request } = finished as { readonly request: Parsed }
    const bytes = request.headers['content-length']
    if (bytes !== undefined && Number(bytes) <= minBytes) return
    request.body = undefined
    request.rawBody = undefined
    setImmediate(collect)
  }
  subscribe(RESPONSE_FINISH, onFinish)
  return () => void unsubscribe(RESPONSE_FINISH, onFinish)
}
