import type { NotUnderstood } from '../pubsub/messages.ts'
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
  const object = rejectedName(config.gcsPrefix, receiver, delivery.id)
  const isLarge = delivery.data.length > MAX_INLINE_BYTES
  const content = isLarge ? await keepData(receiver, delivery, { bucket, config }) : inline(delivery.data)
  const document = { function: receiver, messageId: delivery.id, reason, ...content }
  const data = Buffer.from(`${JSON.stringify(document)}\n`)
  await bucket.write(object, data, ABSENT, { contentType: 'application/json' })
  log.error('message rejected', { event: 'message_rejected', messageId: delivery.id, reason, object })
}

function isRejected(outcome: Rejected | { readonly outcome: string }): outcome is Rejected {
  return outcome.outcome === 'rejected'
}

/** A control character takes six characters of JSON, so what is longer is kept beside its document, as it came. */
const MAX_INLINE_BYTES = 64 * 1024

async function keepData(
  receiver: string,
  { id, data }: Delivery,
  { bucket, config }: Pick<RejectedServices, 'bucket' | 'config'>,
): Promise<{ bytes: number; dataObject: string }> {
  const dataObject = rejectedDataName(config.gcsPrefix, receiver, id)
  await bucket.write(dataObject, data, ABSENT, { contentType: 'application/octet-stream' })
  return { bytes: data.length, dataObject }
}

function inline(data: Uint8Array): { data: string } | { dataBase64: string } {
  try {
    return { data: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data) }
  } catch {
    return { dataBase64: Buffer.from(data).toString('base64') }
  }
}
