import { request } from 'undici'
import type { Proxies } from '../runtime/dispatcher.ts'
import { createDispatcher } from '../runtime/dispatcher.ts'
import { meaningOf } from '../runtime/system-error.ts'
import { type Redactor, VendorError } from './error.ts'
import { beginningOf, excerptOf } from './excerpt.ts'

export interface Timeouts {
  /** Until a connection is open. */
  readonly connectMs: number
  /** Until all headers of a response are there. */
  readonly headersMs: number
  /** Between two pieces of a body. */
  readonly bodyMs: number
}

export const defaultTimeouts: Timeouts = { connectMs: 10_000, headersMs: 30_000, bodyMs: 30_000 }

/** A response whose body has not been read. The caller reads the body to its end or cancels it. */
export interface HttpResponse {
  readonly status: number
  /** By lower-case name. If a header occurs twice, the first one. */
  header(name: string): string | undefined
  /** For messages: the URL that responded, without its query. */
  readonly address: string
  readonly wasKeySent: boolean
  readonly body: AsyncIterable<Uint8Array>
  /** Abandons the body and its connection. Safe to call at any time, and twice. */
  cancel(): void
}

export interface GetOptions {
  readonly key?: string | undefined
  readonly signal: AbortSignal
  /** How many bytes of the body may wait for the reader before the sender is paused; 64 KiB by default. */
  readonly bufferBytes?: number | undefined
}

export interface HttpClient {
  /**
   * GET, following redirects. Rejects with a VendorError (retryable where the network failed) or with the signal's
   * reason. A body that is being read ends in either too.
   */
  get(url: URL, options: GetOptions): Promise<HttpResponse>
  /** Closes all connections at once, also those with a body that is being read. Safe to call twice. */
  close(): Promise<void>
}

export interface HttpClientOptions {
  readonly connections: number
  readonly timeouts: Timeouts
  readonly redactor: Redactor
  readonly proxies?: Proxies | undefined
}

const DEFAULT_BUFFER_BYTES = 64 * 1024
const MAX_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** Not failures of the network: a request that cannot be sent, or a client that was closed. */
const OWN_FAULTS = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED'])

/** An HTTP client over one connection pool, with at most `connections` connections to one origin. */
export function createHttpClient({ connections, timeouts, redactor, proxies }: HttpClientOptions): HttpClient {
  // HTTP/1.1, because the vendor measured HTTP/2 to be slower: https://docs.tardis.dev/api/http-api-reference
  const dispatcher = createDispatcher(
    {
      connections,
      connectTimeoutMs: timeouts.connectMs,
      headersTimeoutMs: timeouts.headersMs,
      bodyTimeoutMs: timeouts.bodyMs,
    },
    proxies,
  )
  const failure = (address: string, what: string, retryable: boolean, error?: unknown) =>
    new VendorError(redactor.text(`GET ${address}: ${what}`), { retryable, cause: redactor.cause(error) })

  async function getOnce(url: URL, { key, signal, bufferBytes = DEFAULT_BUFFER_BYTES }: GetOptions) {
    const address = redactor.text(url.origin + url.pathname)
    try {
      const response = await request(url, {
        dispatcher,
        headers: headersWith(key),
        signal,
        highWaterMark: bufferBytes,
      })
      const { statusCode: status, headers, body } = response
      // An error of an abandoned body has no reader to go to. Without a listener it would end the process.
      body.on('error', () => {})
      const header = (name: string) => (Object.hasOwn(headers, name) ? [headers[name]].flat()[0] : undefined)
      return { status, header, address, wasKeySent: key !== undefined, body, cancel: () => void body.destroy() }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw failure(address, `no answer: ${describe(error)}`, !OWN_FAULTS.has(codeOf(error) ?? ''), error)
    }
  }

  return {
    async get(firstUrl, options) {
      let url = firstUrl
      for (let redirects = 0; ; redirects++) {
        options.signal.throwIfAborted()
        // The key is sent to one origin only (scheme, host and port), wherever the vendor redirects to.
        const response = await getOnce(url, url.origin === firstUrl.origin ? options : { ...options, key: undefined })
        if (!REDIRECTS.has(response.status)) return response
        response.cancel()
        if (redirects === MAX_REDIRECTS)
          throw failure(firstUrl.origin + firstUrl.pathname, `more than ${MAX_REDIRECTS} redirects`, false)
        const target = redirectTarget(response.header('location'), url)
        if (target === undefined) throw failure(response.address, `${response.status} without a usable Location`, false)
        if (url.protocol === 'https:' && target.protocol !== 'https:')
          throw failure(response.address, `${response.status} leads to ${target.protocol}//, expected https://`, false)
        url = target
      }
    },
    close: () => dispatcher.destroy(),
  }
}

function headersWith(key: string | undefined): Record<string, string> {
  return {
    // A store that holds datasets with Content-Encoding gzip would unpack them for a client that does not accept gzip.
    'accept-encoding': 'gzip',
    'user-agent': 'market-data-tick-handler',
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  }
}

function redirectTarget(location: string | undefined, from: URL): URL | undefined {
  const url = location === undefined ? null : URL.parse(location, from.href)
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined
}

/** What a response's body says, as a short redacted text. The body is abandoned afterwards. */
export async function explain(response: HttpResponse, redactor: Redactor): Promise<string> {
  const excerpt = excerptOf(await beginningOf(response.body))
  response.cancel()
  return redactor.text(excerpt)
}

/** A library's error as text: its message, and its code, which often says more. */
export function describe(error: unknown): string {
  const meaning = meaningOf(error)
  if (meaning) return meaning.place ? `${meaning.text} (${meaning.place})` : meaning.text
  const { message } = error instanceof Error ? error : { message: String(error) }
  const code = codeOf(error)
  return code === undefined || message.includes(code) ? message || String(code) : `${message || 'failed'} (${code})`
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
