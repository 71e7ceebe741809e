import { DAY_MS } from '../../functions/market/days.ts'
import type { Chance } from '../faults/model/chance.ts'
import type { Fleet, Message } from './fleet.ts'
import type { VirtualTime } from './virtual-time.ts'

/** As in infra/pubsub.tf. */
const MIN_BACKOFF_MS = 10_000
const MAX_BACKOFF_MS = 600_000
const RETENTION_MS = 31 * DAY_MS
const MAX_WINDOW = 1_000
/** Pub/Sub promises no order. */
const MIXED = 100

export interface DeliveryBehaviour {
  readonly maxAttempts: number
  /** Share of deliveries whose acknowledgement is lost, so that the message comes again though it was worked on. */
  readonly lostAcks: number
}

/**
 * A topic with its push subscription: at least once, in no order, with backoff and dead letters. How many messages Pub/Sub
 * pushes at once is not documented beyond "the rate of success responses": here the window grows by one with each
 * acknowledgement, and halves with each refusal.
 */
export class Subscription {
  readonly #time: VirtualTime
  readonly #chance: Chance
  readonly #fleet: Fleet
  readonly #behaviour: DeliveryBehaviour
  #ready: Message[] = []
  #head = 0
  #window = 1
  #outstanding = 0
  #waitingAgain = 0
  published = 0
  publishedBytes = 0
  pushes = 0
  deadLetters = 0
  expired = 0
  /** The most deliveries that a message took which was acknowledged in the end. */
  maxAttemptsUsed = 0

  constructor(time: VirtualTime, chance: Chance, fleet: Fleet, behaviour: DeliveryBehaviour) {
    this.#time = time
    this.#chance = chance
    this.#fleet = fleet
    this.#behaviour = behaviour
  }

  /** Messages that wait for their delivery or for their next one. */
  get waiting(): number {
    return this.#ready.length - this.#head + this.#waitingAgain
  }

  get open(): number {
    return this.waiting + this.#outstanding
  }

  publish(id: string, message: object): void {
    // Exactly the bytes: a part of a pooled buffer would keep all of it while the message waits.
    const data = new Uint8Array(Buffer.from(JSON.stringify(message)))
    this.published += 1
    this.publishedBytes += data.length
    this.#ready.push({ id, data, publishedMs: this.#time.now(), attempts: 0 })
    this.#pump()
  }

  #pump(): void {
    while (this.#outstanding < Math.floor(this.#window) && this.#head < this.#ready.length) {
      const message = this.#take()
      if (this.#time.now() - message.publishedMs > RETENTION_MS) this.expired += 1
      else this.#push(message)
    }
  }

  #take(): Message {
    const last = Math.min(this.#ready.length, this.#head + MIXED)
    const at = this.#head + this.#chance.below(last - this.#head)
    const message = this.#ready[at]!
    this.#ready[at] = this.#ready[this.#head]!
    this.#head += 1
    if (this.#head > 10_000 && this.#head > this.#ready.length / 2) {
      this.#ready = this.#ready.slice(this.#head)
      this.#head = 0
    }
    return message
  }

  #push(message: Message): void {
    this.#outstanding += 1
    this.pushes += 1
    message.attempts += 1
    void this.#fleet.push(message).then(isAcknowledged => {
      this.#outstanding -= 1
      const isLost = isAcknowledged && this.#chance.next() < this.#behaviour.lostAcks
      if (isAcknowledged && !isLost) this.#acknowledged(message)
      else this.#refused(message)
      this.#pump()
    })
  }

  #acknowledged({ attempts }: Message): void {
    this.#window = Math.min(MAX_WINDOW, this.#window + 1)
    this.maxAttemptsUsed = Math.max(this.maxAttemptsUsed, attempts)
  }

  #refused(message: Message): void {
    this.#window = Math.max(1, this.#window / 2)
    if (message.attempts >= this.#behaviour.maxAttempts) {
      this.deadLetters += 1
      return
    }
    this.#waitingAgain += 1
    const backoffMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (message.attempts - 1))
    this.#time.setTimeout(() => {
      this.#waitingAgain -= 1
      this.#ready.push(message)
      this.#pump()
    }, backoffMs)
  }
}
