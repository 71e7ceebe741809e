/** @throws TypeError for what is no plain http or https address */
export function baseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new TypeError('an address of the vendor must be an http or https URL without user, query or fragment')
  return url
}

/**
 * The URL of a path. A repeated request differs from the earlier ones in its query, as those of the vendor's own clients do,
 * so that a cache in between cannot respond with the same damaged copy.
 */
export function below(base: URL, path: string, earlierRequests: number): URL {
  const url = new URL(base)
  // Set, not resolved: a path that begins with two slashes would be resolved to another host.
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/${path}`
  if (earlierRequests > 0) url.searchParams.set('retryAttempt', String(earlierRequests))
  return url
}

/** @throws TypeError for a key that cannot be sent in a header; the key is not in the message */
export function sendableKey(key: string | undefined): string | undefined {
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new TypeError('the API key must be printable ASCII without spaces: it is sent in a header')
  return key
}
