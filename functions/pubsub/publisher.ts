import type { Topic, PublishOptions as TopicOptions } from '@google-cloud/pubsub'

import { abortable } from '../runtime/abortable.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'
import { createWindow } from './window.ts'

/** Publishes JSON messages: to Pub/Sub when deployed, to the in-process bus locally. */
export interface Publisher {
  /**
   * Publishes one message as JSON.
   * @returns the message's id, once the topic has taken it; at least once: a failure may still have been taken
   * @throws Error naming the topic, with the cause; or the signal's reason as soon as that is aborted
   */
  publish(topic: string, message: object, options?: PublishOptions): Promise<string>
  /**
   * Publishes all messages in no particular order, pulling from the source only as fast as the topic takes them.
   * @returns how many were published; each at least once
   * @throws Error naming the topic and how many were published, once none is under way any more; the source's own error;
   * or the signal's reason
   */
  publishMany(
    topic: string,
    messages: Iterable<object> | AsyncIterable<object>,
    options?: PublishManyOptions,
  ): Promise<number>
}

export interface PublishOptions {
  readonly attributes?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface PublishManyOptions extends PublishOptions {
  /** Called with the number published so far, after each one. */
  readonly onPublished?: (published: number) => void
}

export interface PubSubPublisherOptions {
  /** Whose topics; without it, the credentials' project. */
  readonly projectId?: string | undefined
  /** `host:port` of an emulator. */
  readonly emulatorHost?: string | undefined
  /**
   * How long a request is tried again, at most: well inside the time that a batch keeps for handing on the rest. The
   * library's own default is ten minutes, longer than a function lives.
   */
  readonly retryBudgetMs?: number
  /** Most messages, and bytes, that publishMany has under way at once. */
  readonly maxOutstandingMessages?: number
  readonly maxOutstandingBytes?: number
}

const DEFAULTS = { retryBudgetMs: 20_000, maxOutstandingMessages: 1_000, maxOutstandingBytes: 4 * 1024 * 1024 }

/**
 * A request takes up to 500 messages; a lone one waits 5 ms for company.
 * https://cloud.google.com/pubsub/docs/batch-messaging
 */
const BATCHING = { maxMessages: 500, maxBytes: 1024 * 1024, maxMilliseconds: 5 }

/** The codes that Pub/Sub's own configuration tries `Publish` again for; repeating it is safe: at least once is all we promise. */
const RETRY_CODES = [1, 2, 4, 8, 10, 13, 14]

/**
 * A publisher over Pub/Sub. Memory: the messages under way, bounded in publishMany. The library is loaded here, some 50 MB
 * that nobody else should pay. `close` sends what waits, waits for what is under way, and leaves no connection.
 */
export async function createPubSubPublisher(
  options: PubSubPublisherOptions = {},
): Promise<Publisher & { close(): Promise<void> }> {
  const { retryBudgetMs, maxOutstandingMessages, maxOutstandingBytes } = { ...DEFAULTS, ...options }
  const { PubSub } = await import('@google-cloud/pubsub')
  const pubsub = new PubSub({
    ...(options.projectId && { projectId: options.projectId }),
    ...(options.emulatorHost && { apiEndpoint: options.emulatorHost, emulatorMode: true }),
  })
  const topics = new Map<string, Topic>()
  const underWay = createWindow()
  const settings = { batching: BATCHING, gaxOpts: callOptions(retryBudgetMs) }
  let closed: Promise<void> | undefined

  const topicOf = (name: string): Topic => {
    const topic = topics.get(name) ?? pubsub.topic(name, settings)
    topics.set(name, topic)
    return topic
  }

  const send = (name: string, data: Buffer, { attributes, signal }: PublishOptions): Promise<string> => {
    signal?.throwIfAborted()
    if (closed) throw new Error(`cannot publish to ${name}: the publisher is closed`)
    const sent = topicOf(name).publishMessage({ data, ...(attributes && { attributes }) })
    underWay.add(sent, data.byteLength)
    return abortable(
      sent.catch(cause => Promise.reject(publishError(name, cause))),
      signal,
    )
  }

  const close = async () => {
    await Promise.allSettled([...topics.values()].map(topic => topic.flush()))
    // flush() knows only of what still waits, not of requests that are under way.
    await underWay.drained()
    await pubsub.close()
  }

  const publishMany: Publisher['publishMany'] = async (topic, messages, { onPublished, ...options } = {}) => {
    const window = createWindow({ maxCount: maxOutstandingMessages, maxBytes: maxOutstandingBytes })
    let published = 0
    let failure: { readonly error: unknown } | undefined
    const count = () => {
      published += 1
      onPublished?.(published)
    }
    const fail = (error: unknown) => {
      failure ??= { error }
    }
    try {
      for await (const message of messages) {
        const data = encode(message)
        await window.room(data.byteLength)
        if (failure) break
        window.add(send(topic, data, options).then(count).catch(fail), data.byteLength)
      }
    } finally {
      await window.drained()
    }
    options.signal?.throwIfAborted()
    if (failure) throw afterSome(failure.error, published)
    return published
  }

  return {
    publish: async (topic, message, options = {}) => send(topic, encode(message), options),
    publishMany,
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

/** @throws RangeError for a message that no receiver of ours would take */
function encode(message: object): Buffer {
  const data = Buffer.from(JSON.stringify(message))
  if (data.byteLength <= MAX_MESSAGE_BYTES) return data
  throw new RangeError(`cannot publish a message of ${data.byteLength} bytes, expected at most ${MAX_MESSAGE_BYTES}`)
}

function callOptions(retryBudgetMs: number): NonNullable<TopicOptions['gaxOpts']> {
  const attemptMs = Math.min(10_000, retryBudgetMs)
  const backoffSettings = {
    initialRetryDelayMillis: 100,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 5_000,
    initialRpcTimeoutMillis: attemptMs,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: attemptMs,
    totalTimeoutMillis: retryBudgetMs,
  }
  return { retry: { retryCodes: RETRY_CODES, backoffSettings } }
}

function publishError(topic: string, cause: unknown): Error {
  const { message, code } = cause as Partial<Error & { code: unknown }>
  return Object.assign(new Error(`could not publish to topic ${topic}: ${message ?? String(cause)}`, { cause }), {
    code,
  })
}

function afterSome(cause: unknown, published: number): Error {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new Error(`${message} (${published} messages were published before)`, { cause })
}
