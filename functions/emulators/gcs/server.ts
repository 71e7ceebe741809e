import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FolderStore } from '../../storage/folder/store.ts'
import { withLatency } from '../latency.ts'
import { isLoopback, refuseForeignRequests } from '../loopback.ts'
import { toApiError } from './api-error.ts'
import { exchangeOf, sendError } from './request.ts'
import { Sessions } from './resumable.ts'
import { route } from './routes.ts'
import { ServedBucket } from './served-bucket.ts'

export interface GcsServerOptions {
  /** Made if it is not there. */
  readonly folder: string
  /** The one bucket that is served. */
  readonly bucket: string
  readonly port?: number
  readonly host?: string
  /** How much later each response begins, as if the bucket were far away. 0 by default. */
  readonly latencyMs?: number | undefined
  /** Further names under which programs reach the server, such as behind a proxy. */
  readonly names?: readonly string[]
}

export interface GcsServer {
  /** What clients take as `apiEndpoint`. */
  readonly endpoint: string
  /** Breaks off what is under way, waits until nothing touches the folder any more, and gives it back. */
  close(): Promise<void>
}

/**
 * Cloud Storage's JSON API (https://cloud.google.com/storage/docs/json_api) for one bucket that is a folder, kept as
 * `FolderStore` says. Files that came into the folder by other ways are objects too.
 *
 * A change is on disk before it is answered. Uploads in progress end with the process. A name that is no path below the
 * folder gets a 400, an object that would be the folder of others a 409, a full disk a 507. Memory: some 256 KiB per
 * request, besides metadata and the page of a list.
 *
 * @throws Error naming the process that works on the folder.
 */
export async function startGcsServer(options: GcsServerOptions): Promise<GcsServer> {
  const store = await FolderStore.open(options.folder)
  try {
    return await serve(new ServedBucket(options.bucket, store), options)
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

async function serve(bucket: ServedBucket, options: GcsServerOptions): Promise<GcsServer> {
  const sessions = new Sessions(bucket)
  const running = new Set<Promise<void>>()
  const listener: RequestListener = (request, response) => {
    const done = respond(bucket, sessions, request, response).finally(() => running.delete(done))
    running.add(done)
  }
  // An upload may take as long as its source; this server needs no protection from slow clients.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, withLatency(listener, options.latencyMs))
  const { port, host = '127.0.0.1', names } = options
  if (isLoopback(host)) refuseForeignRequests(server, names)
  await listen(server, port ?? 0, host)
  const address = server.address() as AddressInfo
  const close = async () => {
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
    await Promise.all(running)
    await sessions.close()
    await bucket.store[Symbol.asyncDispose]()
  }
  let closing: Promise<void> | undefined
  return {
    endpoint: `http://${address.family === 'IPv6' ? `[${host}]` : host}:${address.port}`,
    close: () => (closing ??= close()),
  }
}

async function respond(
  bucket: ServedBucket,
  sessions: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const exchange = exchangeOf(request, response)
  try {
    await route(bucket, sessions, exchange, exchange.path)
  } catch (error) {
    if (!response.destroyed) sendError(exchange, toApiError(error))
  }
  // The rest of the body must not be read as the next request.
  request.resume()
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
