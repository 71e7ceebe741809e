import { once } from 'node:events'
import { createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'

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
  const requests: { readonly path: string; readonly messages: number }[] = []
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
      requests.push({ path: String(headers[':path']), messages: messages.length })
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
    async close() {
      server.close()
      for (const session of sessions) session.destroy()
      if (server.listening) await once(server, 'close')
    },
  }
}

function respond(stream: ServerHttp2Stream, firstId: number, count: number): void {
  const ids = Array.from({ length: count }, (_, at) => Buffer.from(`m${firstId + at}`))
  const body = Buffer.concat(ids.flatMap(id => [Buffer.from([0x0a, id.length]), id]))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(body.length, 1)
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.concat([prefix, body]))
}

function respondStatus(stream: ServerHttp2Stream, status: number, message: string): void {
  const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': message }
  stream.respond(headers, { endStream: true })
}

/** PublishRequest: topic = 1, messages = 2; PubsubMessage: data = 1, attributes = 2 (a map: key = 1, value = 2). */
function decodeRequest(bytes: Buffer): TakenMessage[] {
  const fields = decodeFields(bytes)
  const topic = String(fields.find(([number]) => number === 1)?.[1])
  return fields
    .filter(([number]) => number === 2)
    .map(([, message]) => {
      const parts = decodeFields(message)
      const pairs = parts.filter(([number]) => number === 2).map(([, pair]) => decodeFields(pair))
      const attributes = Object.fromEntries(pairs.map(([key, value]) => [String(key![1]), String(value![1])]))
      return { topic, data: parts.find(([number]) => number === 1)?.[1] ?? Buffer.alloc(0), attributes }
    })
}

/** Length-delimited fields only, which is all that a PublishRequest of ours has. */
function decodeFields(bytes: Buffer): [number, Buffer][] {
  const fields: [number, Buffer][] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const length = varint()
    fields.push([tag >> 3, bytes.subarray(at, at + length)])
    at += length
  }
  return fields
}
