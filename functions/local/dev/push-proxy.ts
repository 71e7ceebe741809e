import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { refuseForeignRequests } from '../../emulators/loopback.ts'

export interface PushProxyOptions {
  /** The port of a serving instance. Waits while one is being started. Rejects when there will be none. */
  readonly instance: () => Promise<number>
  /** Put before message ids: an emulator counts from 1 at each start, and our ids must differ for ever. */
  readonly session: string
}

export interface PushProxy {
  readonly url: string
  /** Aborts running requests; the emulator counts them as failed. Safe to call twice. */
  close(): Promise<void>
}

const UNAVAILABLE = 503
const BAD_GATEWAY = 502

/**
 * Receives the pushes for a function, as Cloud Run does: they reach the instance one at a time (concurrency 1; the
 * emulator pushes two at once), wait while an instance is being started, and fail if it dies.
 */
export async function startPushProxy({ instance, session }: PushProxyOptions): Promise<PushProxy> {
  const agent = new Agent({ keepAlive: false })
  let turn: Promise<unknown> = Promise.resolve()
  const take = async (body: Buffer, incoming: IncomingMessage, response: ServerResponse) => {
    if (response.destroyed) return
    const port = await instance().catch(() => undefined)
    const status = port === undefined ? UNAVAILABLE : await pass(port, incoming, named(body, session), agent)
    response.writeHead(status).end()
  }
  const server = createServer({ requestTimeout: 0 }, async (incoming, response) => {
    try {
      const body = await read(incoming)
      turn = turn.then(() => take(body, incoming, response)).catch(() => response.destroy())
    } catch {
      response.destroy()
    }
  })
  refuseForeignRequests(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    agent.destroy()
    await closed
  }
  let closing: Promise<void> | undefined
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => (closing ??= close()),
  }
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The push with an id that no other run of an emulator uses. */
function named(body: Buffer, session: string): Buffer {
  const push = JSON.parse(body.toString()) as { message?: { messageId?: string } }
  const { messageId } = push.message ?? {}
  if (messageId === undefined) return body
  const id = `${session}_${messageId}`
  return Buffer.from(JSON.stringify({ ...push, message: { ...push.message, messageId: id, message_id: id } }))
}

/** The instance's status, or 502 if it does not respond. */
function pass(port: number, { url, headers }: IncomingMessage, body: Buffer, agent: Agent): Promise<number> {
  return new Promise(resolve => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path: url,
      method: 'POST',
      agent,
      headers: { 'content-type': headers['content-type'] ?? 'application/json', 'content-length': body.length },
    })
    outgoing.on('response', response => {
      response.resume()
      response.on('close', () => resolve(response.complete ? response.statusCode! : BAD_GATEWAY))
    })
    outgoing.on('error', () => resolve(BAD_GATEWAY))
    outgoing.end(body)
  })
}
