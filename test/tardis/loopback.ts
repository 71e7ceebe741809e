import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Secret } from '../../functions/runtime/config/secret.ts'
import type { Clock, Deadline } from '../../functions/runtime/deadline.ts'
import type { Log } from '../../functions/runtime/log/log.ts'
import { createVendor, type Vendor, type VendorOptions } from '../../functions/tardis/vendor.ts'
import { leapingClock as leaping } from '../support/leaping-clock.ts'

export const KEY = 'TD.k3y-that/nobody+may=see'
export const FILE = gzipSync('exchange,symbol\nbinance,BTCUSDT\n')
export const NAME = { venue: 'binance', dataType: 'trades', date: '2024-08-08', symbol: 'BTCUSDT' }

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void

export interface Loopback extends AsyncDisposable {
  readonly url: string
  readonly requests: IncomingMessage[]
  readonly openSockets: () => number
}

/** A real server on a free port. The handler gets how many requests came before this one. */
export async function serve(handler: Handler): Promise<Loopback> {
  const requests: IncomingMessage[] = []
  let sockets = 0
  const server = createServer((request, response) => {
    requests.push(request)
    handler(request, response, requests.length - 1)
  })
  server.on('connection', socket => {
    sockets++
    socket.on('close', () => sockets--)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    openSockets: () => sockets,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface LogEntry {
  readonly level: string
  readonly message: string
  readonly fields: unknown
}

export function recordLog(entries: LogEntry[]): Log {
  const at = (level: string) => (message: string, fields?: unknown) => void entries.push({ level, message, fields })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => recordLog(entries) }
}

/** Time that passes only by being waited for, from the day after that of NAME on. */
export const leapingClock = (startMs = Date.UTC(2024, 7, 9)) => leaping(startMs)

/** A deadline that is only looked at: it sets no timer, so that a leaping clock does not run into it. */
export function deadlineIn(
  ms: number,
  clock: Pick<Clock, 'now'> = { now: () => 0 },
  signal = new AbortController().signal,
) {
  const endMs = clock.now() + ms
  const remainingMs = () => Math.max(0, endMs - clock.now())
  return { signal, expired: signal.aborted, remainingMs, [Symbol.dispose]() {} } satisfies Deadline
}

export interface Rig {
  readonly vendor: Vendor
  readonly log: LogEntry[]
}

/** A vendor against one server for both addresses, with the key, ready to be closed by `await using`. */
export function rig(url: string, options: Partial<VendorOptions> = {}): Rig & AsyncDisposable {
  const log: LogEntry[] = []
  const vendor = createVendor({
    apiUrl: `${url}/api/v1`,
    datasetsUrl: `${url}/datasets/v1`,
    apiKey: new Secret(KEY),
    log: recordLog(log),
    clock: leapingClock(),
    random: () => 0.5,
    ...options,
  })
  return { vendor, log, [Symbol.asyncDispose]: () => vendor.close() }
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('it should have been rejected')
}
