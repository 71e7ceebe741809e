import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { isDay } from '../../market/days.ts'
import type { ItemName } from '../../market/items.ts'
import type { Secret } from '../../runtime/config/secret.ts'
import { isFreeDay } from '../../tardis/key-access.ts'
import { GENERATED_HEADER } from '../../tardis/open-dataset.ts'
import { withLatency } from '../latency.ts'
import { refuseForeignRequests } from '../loopback.ts'
import type { TardisSource } from './source.ts'

export interface TardisServerOptions {
  readonly source: TardisSource
  /** A free port by default. */
  readonly port?: number
  /** How much later each response begins, as if the vendor were far away. 0 by default. */
  readonly latencyMs?: number | undefined
  /** With a key, datasets need it, except for the first day of each month, as at the vendor. */
  readonly apiKey?: Secret | undefined
  /** True if the key may read the instruments, as with the vendor's larger subscriptions. False by default. */
  readonly servesInstruments?: boolean | undefined
  /** Called for each request, to plant faults. Returns true if it has responded itself. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>
}

export interface TardisServer {
  /** For TARDIS_API_URL and TARDIS_DATASETS_URL. */
  readonly apiUrl: string
  readonly datasetsUrl: string
  /** Closes the server and all connections at once. Safe to call twice. */
  close(): Promise<void>
}

const EXCHANGES = '/api/v1/exchanges'
const KEY_INFO = '/api/v1/api-key-info'
const EXCHANGE = /^\/api\/v1\/exchanges\/([^/]+)$/
const INSTRUMENTS = /^\/api\/v1\/instruments\/([^/]+)$/
const DATASET = /^\/datasets\/v1\/([^/]+)\/([^/]+)\/(\d{4})\/(\d{2})\/(\d{2})\/([^/]+)\.csv\.gz$/

/**
 * A server on this machine that responds as Tardis does to requests for exchange details and datasets: it does not find a
 * symbol in lower case, refuses HEAD and Range, and lists the known venues in its response to an unknown one.
 * https://docs.tardis.dev/api/http-api-reference, https://docs.tardis.dev/downloadable-csv-files/api
 */
export async function startTardisServer(options: TardisServerOptions): Promise<TardisServer> {
  const listener: RequestListener = (request, response) => {
    answer(options, request, response).catch(error => {
      if (!response.headersSent) refuse(response, 500, error instanceof Error ? error.message : String(error))
      else response.destroy()
    })
  }
  const server = createServer(withLatency(listener, options.latencyMs))
  refuseForeignRequests(server)
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    apiUrl: `${url}/api/v1`,
    datasetsUrl: `${url}/datasets/v1`,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(options: TardisServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (await options.intercept?.(request, response)) return
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  if (request.method === 'HEAD') return refuse(response, 404, 'not found')
  if (request.method !== 'GET') return refuse(response, 405, 'only GET is allowed')
  if (pathname === KEY_INFO) return await sendKeyInfo(options, request, response)
  if (pathname === EXCHANGES) return await sendExchanges(options.source, response)
  const exchange = decoded(EXCHANGE.exec(pathname))
  if (exchange) return sendExchange(options.source, exchange[0]!, response)
  const instruments = decoded(INSTRUMENTS.exec(pathname))
  if (instruments) return await sendInstruments(options, instruments[0]!, request, response)
  const dataset = decoded(DATASET.exec(pathname))
  if (!dataset) return refuse(response, 404, 'not found')
  const [venue, dataType, year, month, day, symbol] = dataset as [string, string, string, string, string, string]
  const name = { venue, dataType, date: `${year}-${month}-${day}`, symbol }
  await sendDataset(options, name, request, response)
}

/** What the key may read: everything. https://docs.tardis.dev/api/http-api-reference#api-key-info */
async function sendKeyInfo(
  { source, apiKey }: TardisServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (apiKey && !isKey(request.headers.authorization, apiKey)) return refuse(response, 401, 'The API key is not valid.')
  const venues = await source.venues()
  const access = venues.map(exchange => ({
    exchange,
    from: '2018-01-01T00:00:00.000Z',
    to: '2100-01-01T00:00:00.000Z',
    symbols: [],
  }))
  const text = JSON.stringify(access)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** https://docs.tardis.dev/api/http-api-reference#exchanges */
async function sendExchanges(source: TardisSource, response: ServerResponse): Promise<void> {
  const ids = await source.venues()
  const text = JSON.stringify(ids.map(id => ({ id, name: id, enabled: true })))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

async function sendExchange(source: TardisSource, venue: string, response: ServerResponse): Promise<void> {
  const details = await source.exchange(venue)
  if (details === undefined) {
    const known = (await source.venues()).join(', ')
    return refuse(response, 400, `Invalid exchange '${venue}' provided. Available exchanges: ${known}.`)
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(details) })
  response.end(details)
}

/** https://docs.tardis.dev/api/instruments-metadata-api */
async function sendInstruments(
  { source, apiKey, servesInstruments = false }: TardisServerOptions,
  venue: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!servesInstruments || (apiKey && !isKey(request.headers.authorization, apiKey)))
    return refuse(response, 401, 'Instruments need an API key of a pro or business subscription.')
  const text = await source.instruments?.(venue)
  if (text === undefined) return refuse(response, 404, `There are no instruments of ${venue}.`)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

async function sendDataset(
  { source, apiKey }: TardisServerOptions,
  name: ItemName,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (apiKey && !isFreeDay(name.date) && !isKey(request.headers.authorization, apiKey))
    return refuse(response, 401, 'A valid API key is needed for all but the first day of each month.')
  if (request.headers.range !== undefined) return refuse(response, 403, 'ranges are not served')
  const isName = isDay(name.date) && name.symbol === name.symbol.toUpperCase()
  const file = isName ? await source.dataset(name) : undefined
  if (!file) return refuse(response, 404, `There is no dataset ${Object.values(name).join(' ')}.`)
  response.writeHead(200, {
    'content-type': 'application/gzip',
    'content-length': file.bytes,
    'last-modified': file.lastModified.toUTCString(),
    etag: `"${file.md5Hex}"`,
    'x-md5': file.md5Hex,
    ...(source.isGenerated && { [GENERATED_HEADER]: 'true' }),
  })
  // A client may disconnect at any time.
  await pipeline(file.stream(), response).catch(() => response.destroy())
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const text = JSON.stringify({ code: status, message })
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function isKey(header: string | undefined, apiKey: Secret): boolean {
  const [found, expected] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${apiKey.reveal()}`)]
  return found.length === expected.length && timingSafeEqual(found, expected)
}

function decoded(match: RegExpExecArray | null): string[] | undefined {
  try {
    return match?.slice(1).map(decodeURIComponent)
  } catch {
    return undefined
  }
}
