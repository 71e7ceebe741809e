/** What authorises requests to Google; made only where they go to Google. */
export interface GcsCredentials {
  /** The headers for a request to `url`; a token is fetched when there is none or it is about to expire. */
  headers(url: string): Promise<Record<string, string>>
  /** True if fetching a token may succeed later: the network or the token server failed, not the set-up. */
  mayPass(error: unknown): boolean
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
 * Application-default credentials (https://cloud.google.com/docs/authentication/application-default-credentials), as
 * the client library finds them. It is loaded with the first request: 140 ms and 10 MB that an emulator does not need.
 */
export function applicationDefaultCredentials(): GcsCredentials {
  let auth: Promise<{ getRequestHeaders(url: string): Promise<Headers> }> | undefined
  return {
    async headers(url) {
      auth ??= import('@google-cloud/storage').then(({ Storage }) => new Storage().authClient)
      return Object.fromEntries(await (await auth).getRequestHeaders(url))
    },
    mayPass(error) {
      const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown }
      if (typeof status === 'number') return status === 429 || status >= 500
      return typeof code === 'string' && NETWORK_CODES.has(code)
    },
  }
}

/** Whether requests to `endpoint` go to Google; a token must reach no other host. */
export function isGoogle(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint)
  return protocol === 'https:' && (hostname === 'googleapis.com' || hostname.endsWith('.googleapis.com'))
}
