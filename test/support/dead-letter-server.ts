import { once } from 'node:events'
import { createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { bytesOf, decodeFields, encodeFields, type Field } from './protobuf.ts'
import { decodeRequest, respondBody, respondStatus } from './pubsub-server.ts'

/** A message as it waits in the subscription. What is left out is left out of the response. */
export interface Waiting {
  readonly id: string
  /** The last part of its subscription's name. Without one it is in each subscription. */
  readonly subscription?: string
  readonly data?: string
  readonly publishedSeconds?: number
  readonly attributes?: Readonly<Record<string, string>>
}

/** A gRPC status with which the server refuses a method. */
export interface Refusal {
  readonly status: number
  readonly message: string
}

/** A request in a few words: method, subscription or topic, and what it is about. */
export interface Asked {
  readonly method: string
  readonly name: string
  readonly ids?: readonly string[]
  readonly most?: number
  readonly deadlineSeconds?: number
  readonly data?: string
}

/**
 * The methods of Pub/Sub that dead letters need, on a loopback port, over gRPC. A pull hands out what is not handed out
 * now; the ack id of a message is `ack-` and its id. An empty pull is answered as where the client's time is over, at once.
 * https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscriber
 */
export async function startDeadLetterServer(waiting: readonly Waiting[]) {
  let left = [...waiting]
  const handedOut = new Map<string, Waiting>()
  const asked: Asked[] = []
  const refusals = new Map<string, Refusal>()
  const sessions = new Set<Http2Session>()
  const server = createServer()
  server.on('session', session => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const method = String(headers[':path']).split('/').at(-1)!
      const request = readRequest(method, Buffer.concat(chunks).subarray(5))
      asked.push(request)
      const refusal = refusals.get(method)
      if (refusal) respondStatus(stream, refusal.status, refusal.message)
      else answer(stream, request)
    })
  })
  const pull = (name: string, most = 0) => {
    const isOf = ({ subscription }: Waiting) => subscription === undefined || name.endsWith(`/${subscription}`)
    const pulled = left.filter(isOf).slice(0, most)
    left = left.filter(message => !pulled.includes(message))
    for (const message of pulled) handedOut.set(`ack-${message.id}`, message)
    return pulled
  }
  const answer = (stream: ServerHttp2Stream, { method, name, most, ids = [] }: Asked) => {
    if (method === 'Publish') return respondBody(stream, encodeFields([[1, 'replayed']]))
    if (method === 'Pull') {
      const pulled = pull(name, most)
      if (pulled.length === 0) return respondStatus(stream, 4, 'Deadline Exceeded')
      return respondBody(stream, encodeFields(pulled.map(message => [1, receivedMessage(message)] as const)))
    }
    for (const id of ids) {
      if (method === 'ModifyAckDeadline') left.push(handedOut.get(id)!)
      handedOut.delete(id)
    }
    return respondBody(stream, Buffer.alloc(0))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    refusals,
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

function readRequest(method: string, body: Buffer): Asked {
  const fields = decodeFields(body)
  const name = String(bytesOf(fields, 1)[0])
  const numberOf = (wanted: number) => Number(fields.find(([number]: Field) => number === wanted)?.[1] ?? 0)
  if (method === 'Pull') return { method, name, most: numberOf(3) }
  if (method === 'Publish') return { method, name, data: String(decodeRequest(body)[0]!.data) }
  if (method === 'Acknowledge') return { method, name, ids: bytesOf(fields, 2).map(String) }
  return { method, name, ids: bytesOf(fields, 4).map(String), deadlineSeconds: numberOf(3) }
}

/** ReceivedMessage: ack_id = 1, message = 2; PubsubMessage: data, attributes, message_id, publish_time = 1 to 4. */
function receivedMessage({ id, data, publishedSeconds, attributes = {} }: Waiting): Buffer {
  const pairs = Object.entries(attributes).map(([key, value]) => {
    return [2, encodeFields([[1, key], [2, value]])] as const // biome-ignore format: one pair
  })
  const message = encodeFields([
    ...(data === undefined ? [] : [[1, data] as const]),
    ...pairs,
    [3, id],
    ...(publishedSeconds === undefined ? [] : [[4, encodeFields([[1, publishedSeconds]])] as const]),
  ])
  return encodeFields([
    [1, `ack-${id}`],
    [2, message],
  ])
}
