import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'

/**
 * Proxies as the environment names them, https://everything.curl.dev/usingcurl/proxies/env.html. A proxy's URL may hold a
 * password, so it shows itself only to the dispatcher.
 */
export interface Proxies {
  /** For `http:` addresses, and for `https:` ones if `https` is not set. */
  readonly http?: Hidden
  readonly https?: Hidden
  /** Hosts that are requested without a proxy, separated by commas: `internal.example,10.0.0.7:8080`, or `*`. */
  readonly except?: string
}

interface Hidden {
  reveal(): string
}

export interface DispatcherOptions {
  /** Maximum number of connections to one origin; no limit by default. */
  readonly connections?: number
  /** Until a connection is open, through a proxy or not. */
  readonly connectTimeoutMs: number
  /** Until all headers of a response are there. A request may set its own. */
  readonly headersTimeoutMs: number
  /** Between two pieces of a body. */
  readonly bodyTimeoutMs: number
  readonly keepAliveTimeoutMs?: number
  /** PEM certificates to trust instead of those that Node.js knows. */
  readonly ca?: string
}

/** A proxy elsewhere cannot reach this machine's own servers: emulators, and the local bucket. */
const NEVER_PROXIED = ['localhost', '127.0.0.1', '[::1]']

/**
 * A connection pool for HTTP/1.1 that goes through the proxies: `http:` addresses by forwarding, `https:` ones through a
 * CONNECT tunnel, so that the proxy sees no content. The caller closes it.
 */
export function createDispatcher(options: DispatcherOptions, proxies: Proxies = {}): Dispatcher {
  const { connections, connectTimeoutMs, headersTimeoutMs, keepAliveTimeoutMs, ca } = options
  const tls = { timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) }
  const pool = {
    allowH2: false,
    connect: tls,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: options.bodyTimeoutMs,
    ...(connections !== undefined && { connections }),
    ...(keepAliveTimeoutMs !== undefined && { keepAliveTimeout: keepAliveTimeoutMs }),
  }
  const { http, https, except } = proxies
  if (!http && !https) return new Agent(pool)
  return new EnvHttpProxyAgent({
    ...pool,
    // Empty texts, because the agent reads the environment of the process for what is undefined.
    httpProxy: http?.reveal() ?? '',
    httpsProxy: https?.reveal() ?? '',
    noProxy: [...NEVER_PROXIED, except ?? ''].join(),
    connectTimeout: connectTimeoutMs,
    requestTls: tls,
    // The agent's own connection to the proxy would wait for 300 s for the response to CONNECT.
    clientFactory: (origin, own) => new Pool(origin, { ...own, headersTimeout: connectTimeoutMs }),
  })
}
