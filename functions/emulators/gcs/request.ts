import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from './api-error.ts'
import { parsePreconditions } from './preconditions.ts'
import type { Target } from './served-bucket.ts'

/** One request, as the operations see it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  /** The address that the client used, also where a proxy is in between. */
  readonly endpoint: string
}

const MAX_TEXT_BYTES = 1024 * 1024

export function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange & { readonly path: string } {
  const url = request.url ?? '/'
  const cut = url.indexOf('?')
  const path = cut < 0 ? url : url.slice(0, cut)
  const query = new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1))
  return { request, response, query, path, endpoint: `http://${request.headers.host ?? 'localhost'}` }
}

/** The object of a request, with the preconditions of its query. */
export function targetOf({ query }: Exchange, name: string): Target {
  return { name, generation: query.get('generation') ?? undefined, preconditions: parsePreconditions(query) }
}

/** The request's bytes. Where the caller stops half-way, the connection can still carry the response. */
export function bodyOf({ request }: Exchange): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) }
}

/** The body as a short text. @throws ApiError 413 for a large one. */
export async function textOf(exchange: Exchange): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of bodyOf(exchange)) {
    bytes += piece.length
    if (bytes > MAX_TEXT_BYTES) throw new ApiError(413, 'uploadTooLarge', `metadata over ${MAX_TEXT_BYTES} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

export function sendJson({ response }: Exchange, value: unknown, headers: Record<string, string> = {}): void {
  const body = Buffer.from(JSON.stringify(value))
  const type = { 'content-type': 'application/json; charset=UTF-8', 'content-length': body.length }
  response.writeHead(200, { ...type, ...headers }).end(body)
}

export function sendEmpty({ response }: Exchange, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-length': 0, ...headers }).end()
}

export function sendError({ response }: Exchange, error: ApiError): void {
  if (response.headersSent) {
    // A response that breaks off tells the client that the content is not whole.
    response.destroy()
    return
  }
  const body = error.status === 304 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(error))
  const headers = { 'content-type': 'application/json; charset=UTF-8', 'content-length': body.length }
  response.writeHead(error.status, headers).end(body)
}
