import { mkdir, realpath, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { toApiError } from './api-error.ts'
import { lockFolder } from './folder-lock.ts'
import { Generations } from './generations.ts'
import { HIDDEN } from './paths.ts'
import { exchangeOf, sendError } from './request.ts'
import { Sessions } from './resumable.ts'
import { route } from './routes.ts'
import { Store } from './store.ts'

export interface GcsServerOptions {
  /** Made if it is not there. */
  readonly folder: string
  /** The one bucket that is served. */
  readonly bucket: string
  readonly port?: number
  readonly host?: string
}

export interface GcsServer {
  /** What clients take as `apiEndpoint`. */
  readonly endpoint: string
  /** Breaks off what is under way, waits until nothing touches the folder any more, and gives it back. */
  close(): Promise<void>
}

/**
 * Cloud Storage's JSON API (https://cloud.google.com/storage/docs/json_api) for one bucket that is a folder: each object
 * is a plain file at its own name, all else is in the folder's `.tick-handler/`. Files put into the folder by other ways
 * are objects too.
 *
 * A content is synced to disk before it is visible, and renamed into place: readers, and whoever comes after a SIGKILL at
 * any line, see the old object or the new one. Uploads that were under way are gone then. Generations rise across
 * restarts. Names that are no paths below the folder get a 400, an object that would be the folder of others a 409, a
 * full disk a 507. Memory: some 256 KiB a request, besides metadata and a list's page.
 *
 * @throws Error where another process serves the folder, naming it.
 */
export async function startGcsServer(options: GcsServerOptions): Promise<GcsServer> {
  await mkdir(options.folder, { recursive: true })
  const folder = await realpath(options.folder)
  const hidden = join(folder, HIDDEN)
  await mkdir(hidden, { recursive: true })
  const unlock = await lockFolder(hidden)
  try {
    await rm(join(hidden, 'uploads'), { recursive: true, force: true })
    await mkdir(join(hidden, 'uploads'))
    const store = new Store(folder, options.bucket, new Generations(hidden))
    return await serve(store, options, unlock)
  } catch (error) {
    await unlock()
    throw error
  }
}

async function serve(store: Store, options: GcsServerOptions, unlock: () => Promise<void>): Promise<GcsServer> {
  const sessions = new Sessions(store)
  const running = new Set<Promise<void>>()
  // Uploads take as long as their source does; there is nobody here to be protected against.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, (request, response) => {
    const done = answer(store, sessions, request, response).finally(() => running.delete(done))
    running.add(done)
  })
  const { port, host = '127.0.0.1' } = options
  await listen(server, port ?? 0, host)
  const address = server.address() as AddressInfo
  const close = async () => {
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
    await Promise.all(running)
    await sessions.close()
    await unlock()
  }
  let closing: Promise<void> | undefined
  return {
    endpoint: `http://${address.family === 'IPv6' ? `[${host}]` : host}:${address.port}`,
    close: () => (closing ??= close()),
  }
}

async function answer(
  store: Store,
  sessions: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const exchange = exchangeOf(request, response)
  try {
    await route(store, sessions, exchange, exchange.path)
  } catch (error) {
    if (!response.destroyed) sendError(exchange, toApiError(error))
  }
  // What was not read of the body must not stand before the next request.
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
