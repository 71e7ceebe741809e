import { clientOptions, type PubSubPublisherOptions } from './publisher.ts'

/** A message that a function could not work on in all its deliveries. */
export interface DeadLetter {
  /** Of the dead letter. The message that it was had another id. */
  readonly id: string
  readonly data: Uint8Array
  /** When it became a dead letter, ISO 8601; undefined where Pub/Sub does not tell. */
  readonly since: string | undefined
  /** How often the function tried; undefined where Pub/Sub does not tell. */
  readonly attempts: number | undefined
}

/** The dead letters of one function: where they wait, and the topic that they came from. */
export interface DeadLetterBox {
  readonly subscription: string
  readonly topic: string
}

/** Dead letters that were taken: nobody else sees them until they are dealt with, released, or ten minutes have passed. */
export interface Taken {
  readonly letters: readonly DeadLetter[]
  /** Publishes one to its topic, and then removes it. At least once: what fails in between is there twice. */
  replay(letter: DeadLetter): Promise<void>
  /** Removes one for good. */
  drop(letter: DeadLetter): Promise<void>
  /** Gives back what was neither replayed nor dropped. Call it in any case. */
  release(): Promise<void>
}

export interface DeadLetters {
  /** Takes the dead letters of a function, at most `most`. Memory: these. Rejects where Pub/Sub refuses. */
  take(box: DeadLetterBox, most: number): Promise<Taken>
  close(): Promise<void>
}

/** A pull that finds nothing waits for as long as this. */
const PULL_MS = 3_000
const MAX_PULLED = 100
const DEADLINE_EXCEEDED = 4
/** Identifiers in one request: https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_IDS = 500

/**
 * The dead letters of a project. Needs `pubsub.subscriptions.consume` on their subscriptions, and for replaying
 * `pubsub.topics.publish` on the topics.
 */
export async function openDeadLetters(options: PubSubPublisherOptions): Promise<DeadLetters> {
  const { PubSub, v1 } = await import('@google-cloud/pubsub')
  const pubsub = new PubSub(clientOptions(options))
  const subscriber = new v1.SubscriberClient({ ...(await pubsub.getClientConfig()) } as ConstructorParameters<
    typeof v1.SubscriberClient
  >[0])
  const projectId = options.projectId ?? (await subscriber.getProjectId())
  const pathOf = (name: string) => (name.includes('/') ? name : `projects/${projectId}/subscriptions/${name}`)

  async function pull(subscription: string, maxMessages: number) {
    try {
      const [{ receivedMessages }] = await subscriber.pull(
        { subscription, maxMessages },
        { timeout: PULL_MS, retry: null },
      )
      return receivedMessages ?? []
    } catch (error) {
      if ((error as { code?: unknown }).code === DEADLINE_EXCEEDED) return []
      throw new Error(`cannot pull from ${subscription}: ${textOf(error)}`, { cause: error })
    }
  }

  return {
    async take(box, most) {
      const subscription = pathOf(box.subscription)
      const ackIds = new Map<DeadLetter, string>()
      while (ackIds.size < most) {
        const pulled = await pull(subscription, Math.min(MAX_PULLED, most - ackIds.size))
        if (pulled.length === 0) break
        for (const { ackId, message } of pulled) if (ackId && message) ackIds.set(letterOf(message), ackId)
      }
      const acknowledge = async (letter: DeadLetter) => {
        await subscriber.acknowledge({ subscription, ackIds: [ackIds.get(letter)!] })
        ackIds.delete(letter)
      }
      return {
        letters: [...ackIds.keys()],
        async replay(letter) {
          await pubsub.topic(box.topic).publishMessage({ data: Buffer.from(letter.data) })
          await acknowledge(letter)
        },
        drop: acknowledge,
        async release() {
          const left = [...ackIds.values()]
          for (let at = 0; at < left.length; at += MAX_IDS) {
            const some = left.slice(at, at + MAX_IDS)
            await subscriber.modifyAckDeadline({ subscription, ackIds: some, ackDeadlineSeconds: 0 })
          }
          ackIds.clear()
        },
      }
    },
    async close() {
      await subscriber.close()
      await pubsub.close()
    },
  }
}

interface Received {
  readonly messageId?: string | null | undefined
  readonly data?: Uint8Array | string | null | undefined
  readonly publishTime?: { readonly seconds?: unknown } | null | undefined
  readonly attributes?: Readonly<Record<string, string>> | null | undefined
}

/** https://cloud.google.com/pubsub/docs/handling-failures#how_dead_letter_topics_work */
function letterOf({ messageId, data, publishTime, attributes }: Received): DeadLetter {
  const seconds =
    publishTime?.seconds === undefined || publishTime.seconds === null ? Number.NaN : Number(publishTime.seconds)
  const attempts = Number(attributes?.CloudPubSubDeadLetterSourceDeliveryCount ?? Number.NaN)
  return {
    id: messageId ?? '',
    data: typeof data === 'string' ? Buffer.from(data, 'base64') : (data ?? new Uint8Array()),
    since: Number.isNaN(seconds) ? undefined : new Date(seconds * 1_000).toISOString(),
    attempts: Number.isNaN(attempts) ? undefined : attempts,
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
