import { ABSENT, type Bucket } from '../storage/bucket.ts'
import { rejectedName } from '../storage/names.ts'

/** A message as it was delivered. */
export interface Delivery {
  /** Pub/Sub's message id: the same at every delivery. */
  readonly id: string
  readonly data: Uint8Array
}

/**
 * Keeps a message that will never be understood where a person finds it, with the reason, and gives the object's name.
 * Safe to repeat: the object is named by the message, and the first one stays.
 */
export async function keepRejected(
  bucket: Pick<Bucket, 'write'>,
  prefix: string,
  receiver: string,
  delivery: Delivery,
  reason: string,
): Promise<string> {
  const name = rejectedName(prefix, receiver, delivery.id)
  const document = { function: receiver, messageId: delivery.id, reason, ...content(delivery.data) }
  const data = Buffer.from(`${JSON.stringify(document)}\n`)
  await bucket.write(name, data, ABSENT, { contentType: 'application/json' })
  return name
}

function content(data: Uint8Array): { data: string } | { dataBase64: string } {
  try {
    return { data: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data) }
  } catch {
    return { dataBase64: Buffer.from(data).toString('base64') }
  }
}
