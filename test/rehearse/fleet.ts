import { COSTS } from './costs.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface Message {
  readonly id: string
  readonly data: Uint8Array
  readonly publishedMs: number
  attempts: number
}

/** Works on messages one at a time. Rejects where the message is to come again. */
export type Handle = (message: Message) => Promise<unknown>

interface Instance {
  readonly handle: Handle
  readonly stop: AbortController
}

/** The instances of one function, started as they are needed. Each works on one message at a time, as when deployed. */
export class Fleet {
  readonly maxInstances: number
  readonly #time: VirtualTime
  readonly #create: (signal: AbortSignal) => Handle
  readonly #instances = new Set<Instance>()
  readonly #idle: Instance[] = []
  readonly #waiting: ((instance: Instance | undefined) => void)[] = []
  busy = 0
  /** Of all instances together: what is billed. */
  busyMs = 0
  deliveries = 0

  constructor(maxInstances: number, time: VirtualTime, create: (signal: AbortSignal) => Handle) {
    this.maxInstances = maxInstances
    this.#time = time
    this.#create = create
  }

  /** Hands a message to an instance. Resolves to true where it is acknowledged, to false where it must come again. */
  async push(message: Message): Promise<boolean> {
    const instance = this.#idle.pop() ?? (await this.#start()) ?? (await this.#nextFree())
    // 429: every instance is busy.
    if (instance === undefined) return false
    this.busy += 1
    this.deliveries += 1
    const startedMs = this.#time.now()
    try {
      await this.#time.wait(COSTS.deliveryCpuMs.value)
      await instance.handle(message)
      return true
    } catch {
      return false
    } finally {
      this.busy -= 1
      this.busyMs += this.#time.now() - startedMs
      this.#release(instance)
    }
  }

  /** A deployment: all instances get SIGTERM, and new ones take their place. */
  deploy(): void {
    for (const { stop } of this.#instances) stop.abort(new Error('the instance is being stopped'))
    this.#instances.clear()
    this.#idle.length = 0
  }

  async #start(): Promise<Instance | undefined> {
    if (this.#instances.size >= this.maxInstances) return undefined
    const stop = new AbortController()
    const instance = { handle: this.#create(stop.signal), stop }
    this.#instances.add(instance)
    await this.#time.wait(COSTS.coldStartMs.value)
    return instance
  }

  #nextFree(): Promise<Instance | undefined> {
    return new Promise(resolve => {
      const give = (instance: Instance | undefined) => {
        this.#time.clearTimeout(timer)
        resolve(instance)
      }
      const timer = this.#time.setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1)
        resolve(undefined)
      }, COSTS.busyAnswerMs.value)
      this.#waiting.push(give)
    })
  }

  #release(instance: Instance): void {
    if (!this.#instances.has(instance)) return
    const next = this.#waiting.shift()
    if (next) next(instance)
    else this.#idle.push(instance)
  }
}
