import type { Proxies } from '../dispatcher.ts'
import { Secret } from './secret.ts'

/** Every variable that is read, in lower case too, which is then preferred. */
export const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const

/** Reads the proxies, and adds a line to `faults` for each that cannot be one. The URL is not repeated there. */
export function readProxies(env: Readonly<Record<string, string | undefined>>, faults: string[]): Proxies {
  const read = (name: (typeof PROXY_VARIABLES)[number]) => env[name.toLowerCase()]?.trim() || env[name]?.trim()
  const proxy = (name: 'HTTP_PROXY' | 'HTTPS_PROXY') => {
    const text = read(name)
    if (!text) return undefined
    const url = URL.parse(/^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`)
    if (url && /^https?:$/.test(url.protocol) && /^\/?$/.test(url.pathname) && !url.search && !url.hash)
      return new Secret(url.href)
    faults.push(
      `${name}: found ${text.length} characters (not shown), expected a proxy like http://proxy.example:3128, with http or https`,
    )
    return undefined
  }
  const [http, https, except] = [proxy('HTTP_PROXY'), proxy('HTTPS_PROXY'), read('NO_PROXY')]
  return { ...(http && { http }), ...(https && { https }), ...(except && { except }) }
}
