import { once } from 'node:events'
import { createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { bytesOf, decodeFields, encodeFields } from './protobuf.ts'

/** One message as Pub/Sub's server sees it. */
export interface TakenMessage {
  readonly topic: string
  readonly data: Buffer
  readonly attributes: Record<string, string>
}

/** What the server does with one request: takes it, answers with a gRPC status, resets the stream, or says nothing. */
export type Reaction =
  | 'take'
  | 'take-and-lose-the-answer'
  | 'reset'
  | 'silence'
  | { readonly status: number; readonly message: string }

/**
 * The `Publish` method of Pub/Sub on a loopback port, over gRPC as it is on the wire.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#publisher
 */
export async function startPubSubServer(answerFor: (request: number) => Reaction | Promise<Reaction> = () => 'take') {
  const taken: TakenMessage[] = []
  const requests: { readonly path: string; readonly messages: number; readonly timeoutMs: number }[] = []
  const sessions = new Set<Http2Session>()
  const server = createServer()
  let firedRequests = 0
  server.on('session', session => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', async () => {
      const messages = decodeRequest(Buffer.concat(chunks).subarray(5))
      const timeoutMs = timeoutOf(String(headers['grpc-timeout']))
      requests.push({ path: String(headers[':path']), messages: messages.length, timeoutMs })
      const answer = await answerFor(firedRequests++)
      if (answer === 'take' || answer === 'take-and-lose-the-answer') taken.push(...messages)
      if (answer === 'take') respond(stream, taken.length - messages.length, messages.length)
      else if (answer === 'reset' || answer === 'take-and-lose-the-answer') stream.close(2)
      else if (answer !== 'silence') respondStatus(stream, answer.status, answer.message)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    requests,
    connections: () => sessions.size,
    /** Resolves when no client is connected. */
    async disconnected() {
      await Promise.all([...sessions].map(session => once(session, 'close')))
    },
    async close() {
      server.close()
      for (const session of sessions) session.destroy()
      if (server.listening) await once(server, 'close')
    },
  }
}

/** A whole number with its unit. */
function timeoutOf(header: string): number {
  const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }
  return Number.parseInt(header, 10) * (units[header.at(-1)!] ?? Number.NaN)
}

function respond(stream: ServerHttp2Stream, firstId: number, count: number): void {
  respondBody(stream, encodeFields(Array.from({ length: count }, (_, at) => [1, `m${firstId + at}`] as const)))
}

/** A whole gRPC response with one message. */
export function respondBody(stream: ServerHttp2Stream, body: Buffer): void {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(body.length, 1)
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.concat([prefix, body]))
}

export function respondStatus(stream: ServerHttp2Stream, status: number, message: string): void {
  const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': message }
  stream.respond(headers, { endStream: true })
}

/** PublishRequest: topic = 1, messages = 2; PubsubMessage: data = 1, attributes = 2 (a map: key = 1, value = 2). */
export function decodeRequest(bytes: Buffer): TakenMessage[] {
  const fields = decodeFields(bytes)
  const topic = String(bytesOf(fields, 1)[0])
  return bytesOf(fields, 2).map(message => {
    const parts = decodeFields(message)
    const pairs = bytesOf(parts, 2).map(decodeFields)
    const attributes = Object.fromEntries(pairs.map(([key, value]) => [String(key![1]), String(value![1])]))
    return { topic, data: bytesOf(parts, 1)[0] ?? Buffer.alloc(0), attributes }
  })
}
