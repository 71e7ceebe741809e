import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What is done to a request on its way. */
export type Fault =
  /** Not passed on; answered in the server's place. */
  | { readonly answer: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Not passed on; the connection breaks. */
  | 'reset'
  /** Passed on with half of its body, then the connection breaks. */
  | 'cut-request'
  /** Passed on and done; the connection breaks before the answer. */
  | 'lose-answer'
  /** Passed on; the connection breaks in the answer's body. */
  | 'cut-answer'
  /** Neither passed on nor answered. */
  | 'stall'
  /** Passed on; the answer's body is changed. */
  | { readonly change: (body: Buffer) => Buffer }
  /** Passed on with another body of the same length. */
  | { readonly damage: (body: Buffer) => Buffer }
  /** Passed on once this has come. */
  | { readonly after: Promise<void> }

export interface PassedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

export interface FaultProxy {
  readonly endpoint: string
  /** Every request that arrived, in order, whatever became of it. */
  readonly requests: PassedRequest[]
  /** Asked for every request; undefined passes it on as it is. */
  choose: (request: PassedRequest) => Fault | undefined
  close(): Promise<void>
}

/** A server in front of another one, where faults are planted. It keeps `Host`, so addresses in answers lead here. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const server = createServer((request, response) => {
    const passed = { method: request.method!, url: request.url!, headers: request.headers }
    proxy.requests.push(passed)
    handle(target, request, response, proxy.choose(passed)).catch(() => request.socket.resetAndDestroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    choose: () => undefined,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return proxy
}

/** Chooses `fault` for the requests numbered `times` (from 1) among those that `matches` takes, and counts how often. */
export function plant(
  proxy: FaultProxy,
  fault: Fault,
  matches: (request: PassedRequest) => boolean = () => true,
  times: readonly number[] = [1],
): { fired: number } {
  const planted = { fired: 0 }
  let matched = 0
  proxy.choose = request => {
    if (!matches(request) || !times.includes(++matched)) return undefined
    planted.fired++
    return fault
  }
  return planted
}

async function handle(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (fault === 'stall') return
  if (fault === 'reset') throw new Error(fault)
  if (typeof fault === 'object' && 'after' in fault) await fault.after
  const body = Buffer.concat(await request.toArray())
  if (typeof fault === 'object' && 'answer' in fault) {
    response.writeHead(fault.answer, fault.headers).end(fault.body)
    return
  }
  const sent = typeof fault === 'object' && 'damage' in fault ? fault.damage(body) : body
  const answer = await pass(target, request, sent, fault === 'cut-request')
  const found = Buffer.concat(await answer.toArray())
  if (fault === 'lose-answer') throw new Error(fault)
  const changed = typeof fault === 'object' && 'change' in fault ? fault.change(found) : found
  response.writeHead(answer.statusCode!, answer.headers)
  if (fault !== 'cut-answer') response.end(changed)
  else response.write(changed.subarray(0, changed.length / 2), () => request.socket.resetAndDestroy())
}

function pass(target: string, request: IncomingMessage, body: Buffer, isCut: boolean): Promise<IncomingMessage> {
  const { hostname, port } = new URL(target)
  const { method, url: path, headers } = request
  return new Promise((resolve, reject) => {
    const passed = httpRequest({ hostname, port, method, path, headers, agent: false }, resolve)
    passed.on('error', reject)
    if (isCut) passed.write(body.subarray(0, body.length / 2), () => passed.destroy(new Error('cut')))
    else passed.end(body)
  })
}
