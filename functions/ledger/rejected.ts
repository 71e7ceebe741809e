import { MAX_MESSAGE_BYTES, type NotUnderstood } from '../pubsub/parse-message.ts'
import type { Config } from '../runtime/config/config.ts'
import type { Log } from '../runtime/log/log.ts'
import { ABSENT, type Bucket } from '../storage/bucket.ts'
import { rejectedDataName, rejectedName } from '../storage/names.ts'

/** A message as it was delivered. */
export interface Delivery {
  /** Pub/Sub's message id: the same at every delivery. */
  readonly id: string
  readonly data: Uint8Array
}

/** What a handler returns for a message that it cannot understand, now or later. */
export interface Rejected {
  readonly outcome: 'rejected'
  readonly reason: string
}

/**
 * The outcome of a message that cannot be understood.
 * @throws Error for a message of a higher version, so that it comes again until a newer release is deployed
 */
export function rejected({ reason, isNewer }: Pick<NotUnderstood, 'reason' | 'isNewer'>): Rejected {
  if (isNewer) throw new Error(`${reason}; it comes again, deploy the release that published it`)
  return { outcome: 'rejected', reason }
}

export interface RejectedServices {
  readonly bucket: Pick<Bucket, 'write'>
  readonly config: Pick<Config, 'gcsPrefix'>
  readonly log: Log
}

/**
 * Keeps a rejected message where a person finds it, with the reason, and logs it as an error; does nothing for any other
 * outcome. Every caller of a handler calls it before it acknowledges the message. Safe to repeat: the message names the
 * object, and the first one stays.
 * @param receiver the function that rejected it
 */
export async function recordRejected(
  receiver: string,
  delivery: Delivery,
  outcome: Rejected | { readonly outcome: string },
  { bucket, config, log }: RejectedServices,
): Promise<void> {
  if (!isRejected(outcome)) return
  const { reason } = outcome
  const about = { function: receiver, messageId: delivery.id, reason }
  const isLarge = delivery.data.length > MAX_MESSAGE_BYTES
  const object = (isLarge ? rejectedDataName : rejectedName)(config.gcsPrefix, receiver, delivery.id)
  const data = isLarge ? withData(about, delivery.data) : jsonLine({ ...about, ...inline(delivery.data) })
  const contentType = isLarge ? 'application/octet-stream' : 'application/json'
  await bucket.write(object, data, ABSENT, { contentType })
  log.error('message rejected', { event: 'message_rejected', messageId: delivery.id, reason, object })
}

function isRejected(outcome: Rejected | { readonly outcome: string }): outcome is Rejected {
  return outcome.outcome === 'rejected'
}

/** A line of JSON, then the message's own bytes: inside the JSON a control character would take six of them. */
function withData(about: object, data: Uint8Array): Uint8Array {
  return Buffer.concat([jsonLine({ ...about, bytes: data.length }), data])
}

function jsonLine(document: object): Buffer {
  return Buffer.from(`${JSON.stringify(document)}\n`)
}

function inline(data: Uint8Array): { data: string } | { dataBase64: string } {
  try {
    return { data: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data) }
  } catch {
    return { dataBase64: Buffer.from(data).toString('base64') }
  }
}
