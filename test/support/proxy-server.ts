import { once } from 'node:events'
import { createServer, request as forward, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { pipeline } from 'node:stream'

export interface ProxyServer extends AsyncDisposable {
  readonly url: string
  /** What was requested of the proxy, in order: `GET http://host/path` or `CONNECT host:port`. */
  readonly requests: string[]
  /** The Proxy-Authorization header of each request. */
  readonly credentials: (string | undefined)[]
}

/** An HTTP proxy on a loopback port. It sends all that it gets to the server on `targetPort`, whatever its host is called. */
export async function startProxyServer(targetPort: number): Promise<ProxyServer> {
  const requests: string[] = []
  const credentials: (string | undefined)[] = []
  const record = ({ method, url, headers }: IncomingMessage) => {
    requests.push(`${method} ${url}`)
    credentials.push(headers['proxy-authorization'])
  }
  const server = createServer((request, response) => {
    record(request)
    const { pathname, search } = new URL(request.url!)
    const { method, headers } = request
    const onwards = forward(
      { host: '127.0.0.1', port: targetPort, path: pathname + search, method, headers },
      answer => {
        response.writeHead(answer.statusCode!, answer.headers)
        pipeline(answer, response, () => {})
      },
    )
    pipeline(request, onwards, () => {})
  })
  server.on('connect', (request, socket) => {
    record(request)
    const tunnel = connect(targetPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      pipeline(socket, tunnel, socket, () => {})
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    credentials,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
