import type { ClientConfig, PubSub, Topic } from '@google-cloud/pubsub'
import { abortable } from '../runtime/abortable.ts'
import { type Clock, systemClock } from '../runtime/deadline.ts'
import { retry } from '../runtime/retry.ts'
import { MAX_MESSAGE_BYTES } from './parse-message.ts'
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
  /** The domain of the cloud's APIs; Google's own by default. The library does not read it from the environment. */
  readonly universeDomain?: string | undefined
  /**
   * How long publishing a message may take, repeats included: well inside the time that a batch keeps for handing on the
   * rest. The library's own default is ten minutes, longer than a function may run.
   */
  readonly retryBudgetMs?: number
  readonly clock?: Clock
  /** In [0, 1): for jitter. */
  readonly random?: () => number
  /** Maximum number of messages, and of their bytes, that publishMany has under way at once. */
  readonly maxOutstandingMessages?: number
  readonly maxOutstandingBytes?: number
}

const DEFAULTS = {
  retryBudgetMs: 20_000,
  maxOutstandingMessages: 1_000,
  maxOutstandingBytes: 4 * 1024 * 1024,
  clock: systemClock,
  random: Math.random,
}
const RETRY_POLICY = { maxAttempts: Number.POSITIVE_INFINITY, baseDelayMs: 200, maxDelayMs: 5_000 }
const MAX_ATTEMPT_MS = 10_000

/**
 * A request takes up to 500 messages; a lone one waits 5 ms for company.
 * https://cloud.google.com/pubsub/docs/batch-messaging
 */
const BATCHING = { maxMessages: 500, maxBytes: 1024 * 1024, maxMilliseconds: 5 }

/** The codes after which Pub/Sub's own configuration repeats `Publish`. A repeat is safe because publishing is at least once. */
const RETRYABLE_CODES: ReadonlySet<unknown> = new Set([1, 2, 4, 8, 10, 13, 14])

/**
 * A publisher over Pub/Sub. Memory: the messages under way, bounded in publishMany. The first message loads the library:
 * some 20 MB that an idle instance does without. `close` sends what waits, waits for what is under way, and leaves no
 * connection.
 */
export function createPubSubPublisher(options: PubSubPublisherOptions = {}): Publisher & { close(): Promise<void> } {
  const open = async () => {
    const { PubSub } = await import('@google-cloud/pubsub')
    return new PubSub(clientOptions(options))
  }
  return new PubSubPublisher(open, { ...DEFAULTS, ...options })
}

class PubSubPublisher implements Publisher {
  readonly #open: () => Promise<PubSub>
  /** Opened by the first message. */
  #pubsub: Promise<PubSub> | undefined
  readonly #options: typeof DEFAULTS
  readonly #attemptMs: number
  readonly #topics = new Map<string, Topic>()
  readonly #underWay = createWindow()
  #closed: Promise<void> | undefined

  constructor(open: () => Promise<PubSub>, options: typeof DEFAULTS) {
    this.#open = open
    this.#options = options
    this.#attemptMs = Math.min(MAX_ATTEMPT_MS, options.retryBudgetMs / 2)
  }

  async publish(topic: string, message: object, options: PublishOptions = {}): Promise<string> {
    return this.#send(topic, encode(message), options)
  }

  async publishMany(
    topic: string,
    messages: Iterable<object> | AsyncIterable<object>,
    { onPublished, ...options }: PublishManyOptions = {},
  ): Promise<number> {
    const { maxOutstandingMessages: maxCount, maxOutstandingBytes: maxBytes } = this.#options
    const window = createWindow({ maxCount, maxBytes })
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
        window.add(this.#send(topic, data, options).then(count).catch(fail), data.byteLength)
      }
    } finally {
      await window.drained()
    }
    options.signal?.throwIfAborted()
    if (failure) throw afterSome(failure.error, published)
    return published
  }

  close(): Promise<void> {
    this.#closed ??= this.#drainAndClose()
    return this.#closed
  }

  async #drainAndClose(): Promise<void> {
    await Promise.allSettled([...this.#topics.values()].map(topic => topic.flush()))
    // flush() knows only of what still waits, not of requests that are under way.
    await this.#underWay.drained()
    // Where the library could not be loaded, each message has failed with that error.
    await (await this.#pubsub?.catch(() => undefined))?.close()
  }

  #send(name: string, data: Buffer, { signal }: PublishOptions): Promise<string> {
    signal?.throwIfAborted()
    if (this.#closed) throw new Error(`cannot publish to ${name}: the publisher is closed`)
    const { clock, random, retryBudgetMs } = this.#options
    // The last attempt starts early enough to end within the budget.
    const lastStartMs = clock.now() + retryBudgetMs - this.#attemptMs
    const attempt = async () => {
      this.#pubsub ??= this.#open()
      const sent = this.#topicOf(name, await this.#pubsub).publishMessage({ data })
      this.#underWay.add(sent, data.byteLength)
      return abortable(sent, signal)
    }
    const published = retry(attempt, {
      policy: RETRY_POLICY,
      clock,
      random,
      signal,
      remainingMs: () => lastStartMs - clock.now(),
      minDelayMs: error => (RETRYABLE_CODES.has((error as { code?: unknown }).code) ? 0 : undefined),
      lastError: (error, reason) => new PublishError(name, error, reason),
    })
    this.#underWay.add(published, data.byteLength)
    return published.catch(error => {
      throw signal?.aborted || error instanceof PublishError ? error : new PublishError(name, error)
    })
  }

  #topicOf(name: string, pubsub: PubSub): Topic {
    // The library does not repeat requests itself: its retries take no signal.
    const settings = { batching: BATCHING, gaxOpts: { timeout: this.#attemptMs, retry: null } }
    const topic = this.#topics.get(name) ?? pubsub.topic(name, settings)
    this.#topics.set(name, topic)
    return topic
  }
}

/** What the library's client is made with. */
export function clientOptions({ projectId, emulatorHost, universeDomain }: PubSubPublisherOptions): ClientConfig {
  return {
    ...(projectId && { projectId }),
    ...(emulatorHost ? { apiEndpoint: emulatorHost, emulatorMode: true } : universeDomain && { universeDomain }),
  }
}

/** @throws RangeError for a message that no receiver of ours would take */
function encode(message: object): Buffer {
  const data = Buffer.from(JSON.stringify(message))
  if (data.byteLength <= MAX_MESSAGE_BYTES) return data
  throw new RangeError(`cannot publish a message of ${data.byteLength} bytes, expected at most ${MAX_MESSAGE_BYTES}`)
}

/** A message was not published; `code` is the gRPC status. */
class PublishError extends Error {
  override readonly name = 'PublishError'
  readonly code: unknown
  constructor(topic: string, cause: unknown, reason?: string) {
    const { message, code } = cause as Partial<Error & { code: unknown }>
    const why = reason === undefined ? '' : `; ${reason}`
    super(`could not publish to topic ${topic}: ${message ?? String(cause)}${why}`, { cause })
    this.code = code
  }
}

function afterSome(cause: unknown, published: number): Error {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new Error(`${message} (${published} messages were published before)`, { cause })
}
