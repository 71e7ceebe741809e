import { createHash } from 'node:crypto'
import { shown } from '../runtime/shown.ts'

/** A Pub/Sub message as a push subscription delivered it. */
export interface PushedMessage {
  /** Pub/Sub's message id: the same at every delivery. */
  readonly id: string
  /** Empty where the message had no data. */
  readonly data: Uint8Array
  /** Known only where the subscription has a dead-letter topic, and the framework has let it through. */
  readonly deliveryAttempt?: number
  /** The project whose topic or subscription it came through, where the event says so. */
  readonly projectId?: string
}

export type Pushed =
  | { readonly ok: true; readonly message: PushedMessage }
  /** No message at all: `id` is made of what came instead, which is in `data` as JSON. */
  | { readonly ok: false; readonly reason: string; readonly id: string; readonly data: Uint8Array }

/**
 * Takes the message out of what functions-framework hands to a CloudEvent function. It turns a push, a legacy event and
 * a CloudEvent alike into a CloudEvent whose `data.message` is the message; a push without data it hands over as it came.
 * https://cloud.google.com/pubsub/docs/push#receive_push. Never throws.
 */
export function readPush(event: unknown): Pushed {
  const body = isObject(event) && isObject(event.data) && isObject(event.data.message) ? event.data : event
  const message = isObject(body) && isObject(body.message) ? body.message : undefined
  if (!message) return noMessage(event, 'no Pub/Sub message in the request')
  const id = message.messageId ?? message.message_id
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(id)) {
    return noMessage(event, `found the message id ${shown(id)}, expected 1 to 128 printable ASCII characters`)
  }
  const data = decodeBase64(message.data)
  if (!data) return noMessage(event, `found the message data ${shown(message.data)}, expected base64`)
  const deliveryAttempt = isObject(body) ? body.deliveryAttempt : undefined
  const projectId = projectOf(event, body)
  return {
    ok: true,
    message: {
      id,
      data,
      ...(Number.isSafeInteger(deliveryAttempt) && { deliveryAttempt: Number(deliveryAttempt) }),
      ...(projectId && { projectId }),
    },
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decodeBase64(text: unknown): Uint8Array | undefined {
  if (text === undefined || text === null) return new Uint8Array()
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}

/** From a CloudEvent's source (`//pubsub.googleapis.com/projects/P/topics/T`) or a push's subscription. */
function projectOf(event: unknown, body: unknown): string | undefined {
  const names = [isObject(event) ? event.source : undefined, isObject(body) ? body.subscription : undefined]
  for (const name of names) {
    if (typeof name !== 'string') continue
    const [, project] = /(?:^|\/)projects\/([a-z][a-z0-9:.-]{4,61}[a-z0-9])\//.exec(name) ?? []
    if (project) return project
  }
  return undefined
}

/** More than Pub/Sub's largest push. A longer request did not come from Pub/Sub, and its beginning is enough. */
const MAX_KEPT_CHARACTERS = 16 * 1024 * 1024

function noMessage(event: unknown, reason: string): Pushed {
  const json = JSON.stringify(event) ?? 'undefined'
  const digest = createHash('sha256').update(json).digest('hex').slice(0, 16)
  return { ok: false, reason, id: `no-message-${digest}`, data: Buffer.from(json.slice(0, MAX_KEPT_CHARACTERS)) }
}
