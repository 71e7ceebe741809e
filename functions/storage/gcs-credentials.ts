import { abortable } from '../runtime/abortable.ts'

/** What authorises requests to Google; made only where they go to Google. */
export interface GcsCredentials {
  /**
   * The headers for a request to `url`. A token is fetched when there is none or it is about to expire.
   * @throws the signal's reason as soon as the signal is aborted, whatever the token server does
   */
  headers(url: string, signal: AbortSignal): Promise<Record<string, string>>
  /** Forgets the token, so that the next call fetches a new one. */
  renew(): void
  /** True if fetching a token may succeed later: the network or the token server failed, not the set-up. */
  isTransient(error: unknown): boolean
}

const NETWORK_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
])

/**
 * The library sets no timeout for its token requests: a silent server would hold a connection for ever. It also looks up
 * the project, which no request of ours needs, unless one is given.
 */
const LIBRARY_OPTIONS = { projectId: 'not-needed', clientOptions: { transporterOptions: { timeout: 10_000 } } }

/**
 * Application-default credentials (https://cloud.google.com/docs/authentication/application-default-credentials), as
 * the client library finds them. The first request loads the library: 140 ms and 10 MB that an emulator does not need.
 */
export function applicationDefaultCredentials(universeDomain = GOOGLE_UNIVERSE): GcsCredentials {
  let client: Promise<{ getRequestHeaders(url: string): Promise<Headers> }> | undefined
  const load = () =>
    import('@google-cloud/storage').then(
      ({ Storage }) => new Storage({ ...LIBRARY_OPTIONS, universeDomain }).authClient,
    )
  return {
    async headers(url, signal) {
      client ??= load()
      const used = client
      try {
        const headers = used.then(auth => auth.getRequestHeaders(url))
        return Object.fromEntries(await abortable(headers, signal))
      } catch (error) {
        // A client shares one token request among its callers. A new client does not wait for a request that hangs.
        if (signal.aborted && client === used) client = undefined
        throw error
      }
    },
    renew() {
      client = undefined
    },
    isTransient(error) {
      const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown }
      if (typeof status === 'number') return status === 429 || status >= 500
      return typeof code === 'string' && NETWORK_CODES.has(code)
    },
  }
}

/** The domain of Google's own cloud. Partners run clouds with the same APIs under other domains. */
export const GOOGLE_UNIVERSE = 'googleapis.com'

/** Whether requests to `endpoint` go to the universe's APIs; a token must reach no other host. */
export function isGoogle(endpoint: string, universeDomain = GOOGLE_UNIVERSE): boolean {
  const { protocol, hostname } = new URL(endpoint)
  return protocol === 'https:' && (hostname === universeDomain || hostname.endsWith(`.${universeDomain}`))
}
