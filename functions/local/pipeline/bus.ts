import type { Publisher, PublishManyOptions, PublishOptions } from '../../pubsub/publisher.ts'
import { type Clock, systemClock } from '../../runtime/deadline.ts'

/**
 * Pub/Sub's behaviour in one process: at least once, in no order, failures delivered again with exponential backoff until the
 * attempts are used up, then dead-lettered.
 * https://cloud.google.com/pubsub/docs/handling-failures
 */

/** One delivery, as a push subscription hands it over: the data are bytes, made when the message was published. */
export interface Delivery {
  readonly id: string
  readonly topic: string
  readonly data: Uint8Array
  /** Counts from 1. */
  readonly attempt: number
}

export interface Subscription {
  readonly topic: string
  /** Resolving acknowledges the message. After a rejection it is delivered again. */
  readonly handler: (delivery: Delivery) => Promise<void>
  /** Maximum number of deliveries in work at once. */
  readonly concurrency: number
}

export interface DeadLetter {
  readonly id: string
  readonly topic: string
  readonly data: Uint8Array
  readonly attempts: number
  /** What the last attempt was rejected with. */
  readonly error: unknown
}

export interface BusOptions {
  readonly subscriptions: readonly Subscription[]
  /** As a subscription's `max_delivery_attempts`. */
  readonly maxAttempts?: number
  readonly minBackoffMs?: number
  readonly maxBackoffMs?: number
  readonly clock?: Clock
  /** In [0, 1): spreads the backoff, and decides about shuffling and duplicates. */
  readonly random?: () => number
  /** Deliver waiting messages in random order instead of first come, first served. */
  readonly shuffle?: boolean
  /** Share of messages that are delivered once more than needed, 0 to 1. */
  readonly duplicates?: number
  /** Message ids; unique over all runs by default, because a forced request's plan is named after its message. */
  readonly nextId?: () => string
  readonly onDeadLetter?: (letter: DeadLetter) => void
}

interface Message {
  readonly id: string
  readonly topic: string
  readonly data: Uint8Array
  failures: number
}

interface Queue {
  readonly subscription: Subscription
  readonly waiting: Message[]
  inWork: number
  backingOff: number
  held: boolean
  /** True while a delivery is scheduled for the next turn of the event loop. */
  waking: boolean
}

/**
 * An in-process bus. Memory: the undelivered messages. It loses no message while the process lives. Messages on hold do
 * not keep the process alive.
 */
export class Bus implements Publisher {
  readonly #queues: ReadonlyMap<string, Queue>
  readonly #options: Required<Omit<BusOptions, 'subscriptions'>>
  #idleWaiters: (() => void)[] = []
  #timers = new Set<unknown>()

  constructor({ subscriptions, ...options }: BusOptions) {
    this.#options = { ...DEFAULTS, ...options }
    this.#queues = new Map(
      subscriptions.map(subscription => [
        subscription.topic,
        { subscription, waiting: [], inWork: 0, backingOff: 0, held: false, waking: false },
      ]),
    )
  }

  /**
   * Publishes the message as JSON text, so that a later change of the object does not reach the handler. Resolves with
   * its id.
   * @throws TypeError for a topic without a subscription, because the message would be lost
   */
  async publish(topic: string, message: object, options: PublishOptions = {}): Promise<string> {
    options.signal?.throwIfAborted()
    const queue = this.#queue(topic)
    const entry = { id: this.#options.nextId(), topic, data: Buffer.from(JSON.stringify(message)), failures: 0 }
    queue.waiting.push(entry)
    if (this.#options.random() < this.#options.duplicates) queue.waiting.push({ ...entry })
    this.#deliver(queue)
    return entry.id
  }

  async publishMany(
    topic: string,
    messages: Iterable<object> | AsyncIterable<object>,
    options: PublishManyOptions = {},
  ): Promise<number> {
    let published = 0
    for await (const message of messages) {
      await this.publish(topic, message, options)
      published += 1
      options.onPublished?.(published)
    }
    return published
  }

  /** Resolves when no message is in work, waiting or backing off; those on hold do not count. Safe to call often. */
  async drained(): Promise<void> {
    while (!this.#idle()) {
      await new Promise<void>(resolve => {
        this.#idleWaiters.push(resolve)
      })
    }
  }

  /** Delivers nothing more of this topic; deliveries in work go on. Safe to call twice. */
  hold(topic: string): void {
    this.#queue(topic).held = true
    this.#settle()
  }

  /** How many messages of this topic are not settled yet. */
  left(topic: string): number {
    const queue = this.#queue(topic)
    return queue.waiting.length + queue.inWork + queue.backingOff
  }

  /** Holds everything, drops pending redeliveries and resolves when the deliveries in work have ended. */
  async close(): Promise<void> {
    for (const queue of this.#queues.values()) queue.held = true
    for (const timer of this.#timers) this.#options.clock.clearTimeout(timer)
    this.#timers.clear()
    this.#settle()
    await this.drained()
  }

  #queue(topic: string): Queue {
    const queue = this.#queues.get(topic)
    if (!queue) throw new TypeError(`no subscription to topic ${JSON.stringify(topic)} on this bus`)
    return queue
  }

  /** A turn later, so that publishing never runs a handler inside the publisher's own call. */
  #deliver(queue: Queue): void {
    if (queue.waking) return
    queue.waking = true
    setImmediate(() => {
      queue.waking = false
      this.#deliverNow(queue)
    })
  }

  #deliverNow(queue: Queue): void {
    const { waiting, subscription } = queue
    while (!queue.held && waiting.length > 0 && queue.inWork < subscription.concurrency) {
      const at = this.#options.shuffle ? Math.floor(this.#options.random() * waiting.length) : 0
      const [message] = waiting.splice(at, 1)
      queue.inWork += 1
      void this.#attempt(queue, message!)
    }
  }

  async #attempt(queue: Queue, message: Message): Promise<void> {
    const { id, topic, data, failures } = message
    try {
      await queue.subscription.handler({ id, topic, data: new Uint8Array(data), attempt: failures + 1 })
    } catch (error) {
      this.#failed(queue, message, error)
    } finally {
      queue.inWork -= 1
      this.#deliver(queue)
      this.#settle()
    }
  }

  #failed(queue: Queue, message: Message, error: unknown): void {
    message.failures += 1
    if (message.failures >= this.#options.maxAttempts) {
      const { id, topic, data, failures: attempts } = message
      this.#options.onDeadLetter({ id, topic, data, attempts, error })
      return
    }
    if (queue.held) {
      queue.waiting.push(message)
      return
    }
    queue.backingOff += 1
    const timer = this.#options.clock.setTimeout(() => {
      this.#timers.delete(timer)
      queue.backingOff -= 1
      queue.waiting.push(message)
      this.#deliver(queue)
    }, this.#backoffMs(message.failures))
    this.#timers.add(timer)
  }

  /** Doubles with every failure; the lower half is certain, the upper half random, so that failures spread out. */
  #backoffMs(failures: number): number {
    const { minBackoffMs, maxBackoffMs, random } = this.#options
    const fullMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** (failures - 1))
    return fullMs * (0.5 + random() / 2)
  }

  #idle(): boolean {
    for (const queue of this.#queues.values()) {
      if (queue.inWork > 0) return false
      if (!queue.held && queue.waiting.length + queue.backingOff > 0) return false
    }
    return true
  }

  #settle(): void {
    if (!this.#idle()) return
    const waiters = this.#idleWaiters
    this.#idleWaiters = []
    for (const resolve of waiters) resolve()
  }
}

const DEFAULTS = {
  clock: systemClock,
  maxAttempts: 5,
  minBackoffMs: 1_000,
  maxBackoffMs: 60_000,
  random: Math.random,
  shuffle: false,
  duplicates: 0,
  nextId: () => crypto.randomUUID(),
  onDeadLetter: () => {},
} as const
