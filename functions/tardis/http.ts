import { Agent, request } from 'undici'
import type { Deadline } from '../runtime/deadline.ts'
import { type Redactor, VendorError } from './error.ts'
import { beginningOf, excerptOf } from './excerpt.ts'

export interface Timeouts {
  /** Until a connection stands. */
  readonly connectMs: number
  /** Until all headers of an answer are there. */
  readonly headersMs: number
  /** Between two pieces of a body. */
  readonly bodyMs: number
}

export const defaultTimeouts: Timeouts = { connectMs: 10_000, headersMs: 30_000, bodyMs: 30_000 }

/** An answer whose body has not been read. Whoever has it reads the body to its end or cancels it. */
export interface Answer {
  readonly status: number
  /** By lower-case name; of a header that came twice, the first. */
  header(name: string): string | undefined
  /** For messages: the address that answered, without query. */
  readonly place: string
  readonly keySent: boolean
  readonly body: AsyncIterable<Uint8Array>
  /** Gives the body and its connection up. Safe to call at any time, and twice. */
  cancel(): void
}

export interface GetOptions {
  readonly key?: string | undefined
  readonly signal: AbortSignal
  /** How much of the body may wait for its reader before the sender is held up; 64 KiB unless told. */
  readonly bufferBytes?: number | undefined
}

export interface Http {
  /**
   * GET, redirects followed. Rejects with a VendorError (retryable where the network failed) or with the signal's reason;
   * a body that is being read ends in either too.
   */
  get(address: URL, options: GetOptions): Promise<Answer>
  /** Ends all connections at once, those with a body in flight too. Safe to call twice. */
  close(): Promise<void>
}

export interface HttpOptions {
  readonly connections: number
  readonly timeouts: Timeouts
  readonly redactor: Redactor
}

const DEFAULT_BUFFER_BYTES = 64 * 1024
const MOST_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** No network's doing: a request that cannot be sent, or a vendor that was closed. */
const OUR_FAULTS = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED'])

/** HTTP over one pooled dispatcher: at most `connections` connections to an origin, reused. */
export function createHttp({ connections, timeouts, redactor }: HttpOptions): Http {
  // HTTP/1.1 because the vendor measured HTTP/2 to be slower: https://docs.tardis.dev/api/http-api-reference
  const dispatcher = new Agent({
    connections,
    allowH2: false,
    connect: { timeout: timeouts.connectMs },
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
  })
  const failed = (place: string, what: string, retryable: boolean, error?: unknown) =>
    new VendorError(redactor.text(`GET ${place}: ${what}`), { retryable, cause: redactor.cause(error) })

  async function once(url: URL, { key, signal, bufferBytes = DEFAULT_BUFFER_BYTES }: GetOptions): Promise<Answer> {
    const place = redactor.text(url.origin + url.pathname)
    try {
      // Datasets are gzip as content; asking for anything but gzip as encoding lets a server unpack them on the way.
      const headers = {
        'accept-encoding': 'gzip',
        'user-agent': 'market-data-tick-handler',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      }
      const {
        statusCode,
        headers: found,
        body,
      } = await request(url, {
        dispatcher,
        headers,
        signal,
        highWaterMark: bufferBytes,
      })
      // A body that is given up or breaks while nobody reads it has nobody else to tell.
      body.on('error', () => {})
      const header = (name: string) => [found[name]].flat()[0]
      return { status: statusCode, header, place, keySent: key !== undefined, body, cancel: () => void body.destroy() }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw failed(place, `no answer: ${describe(error)}`, !OUR_FAULTS.has(codeOf(error) ?? ''), error)
    }
  }

  return {
    async get(address, options) {
      let url = address
      for (let redirects = 0; ; redirects++) {
        options.signal.throwIfAborted()
        // The key belongs to one origin (scheme, host and port), however the vendor sends us round.
        const answer = await once(url, url.origin === address.origin ? options : { ...options, key: undefined })
        if (!REDIRECTS.has(answer.status)) return answer
        answer.cancel()
        if (redirects === MOST_REDIRECTS)
          throw failed(address.origin + address.pathname, `more than ${MOST_REDIRECTS} redirects`, false)
        const next = redirectTarget(answer.header('location'), url)
        if (next === undefined) throw failed(answer.place, `${answer.status} without a usable Location`, false)
        url = next
      }
    },
    close: () => dispatcher.destroy(),
  }
}

function redirectTarget(location: string | undefined, from: URL): URL | undefined {
  const url = location === undefined ? null : URL.parse(location, from.href)
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined
}

/** What an answer says in words, redacted, after which its body is given up. */
export async function explain(answer: Answer, redactor: Redactor): Promise<string> {
  const excerpt = excerptOf(await beginningOf(answer.body), answer.header('content-encoding'))
  answer.cancel()
  return redactor.text(excerpt)
}

/** The error a library threw, in words: its code too, which often says more than the message. */
export function describe(error: unknown): string {
  const { message } = error instanceof Error ? error : { message: String(error) }
  const code = codeOf(error)
  return code === undefined || message.includes(code) ? message || String(code) : `${message || 'failed'} (${code})`
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** One call's signal: aborted when the caller's is or when the time is up. Holds listeners on both until it is ended. */
export interface Call {
  readonly signal: AbortSignal
  end(): void
}

export function beginCall(deadline: Deadline, signal: AbortSignal | undefined): Call {
  const controller = new AbortController()
  const sources = signal === undefined ? [deadline.signal] : [signal, deadline.signal]
  const end = () => {
    for (const source of sources) source.removeEventListener('abort', onAbort)
  }
  function onAbort(this: AbortSignal) {
    end()
    controller.abort(this.reason)
  }
  for (const source of sources) source.addEventListener('abort', onAbort, { once: true })
  const aborted = sources.find(source => source.aborted || (source === deadline.signal && deadline.expired))
  if (aborted) onAbort.call(aborted)
  return { signal: controller.signal, end }
}
