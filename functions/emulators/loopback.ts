import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/**
 * Makes a server on this machine refuse, with 403, what a page in a browser sends. Listening on loopback keeps other
 * machines out, but a page of any site can send requests to any port here, and a name of the site's own that leads to
 * 127.0.0.1 lets it read the responses (DNS rebinding). So Host must name loopback, and so must Origin, which browsers send.
 * @param names further names under which programs reach the server, such as behind a proxy
 */
export function refuseForeignRequests(server: Server, names: readonly string[] = []): void {
  const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean
  server.emit = (event: string, ...args: unknown[]) => {
    if (event !== 'request') return emit(event, ...args)
    const [request, response] = args as [IncomingMessage, ServerResponse]
    return isFromHere(request, names) ? emit(event, ...args) : refuse(response)
  }
}

/** True for the names and addresses of this machine that no other machine can reach. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(hostname)
}

function isFromHere({ headers: { host, origin } }: IncomingMessage, names: readonly string[]): boolean {
  const isKnown = (hostname: string) => isLoopback(hostname) || names.includes(hostname)
  const named = (url: string) => isKnown(URL.parse(url)?.hostname ?? '')
  return named(`http://${host}`) && (origin === undefined || named(origin))
}

function refuse(response: ServerResponse): true {
  const text = 'only programs on this machine are served: Host and Origin must name localhost, 127.0.0.1 or [::1]\n'
  response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' }).end(text)
  return true
}
