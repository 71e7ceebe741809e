/** What is under way, counted: how a producer waits for room, and a close for the end. */
export interface Window {
  /** Counts `work` until it settles, however it does; its failure is the caller's to handle. */
  add(work: Promise<unknown>, bytes: number): void
  /** Resolves when one more of `bytes` fits, or nothing is under way: what is larger than the window goes alone. */
  room(bytes: number): Promise<void>
  /** Resolves when nothing is under way. */
  drained(): Promise<void>
}

export interface WindowLimits {
  readonly maxCount: number
  readonly maxBytes: number
}

const UNLIMITED = { maxCount: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }

/** An empty window. Memory: nothing for what is under way but two numbers. */
export function createWindow({ maxCount, maxBytes }: WindowLimits = UNLIMITED): Window {
  let count = 0
  let bytes = 0
  let settled: PromiseWithResolvers<void> | undefined

  const until = async (isTrue: () => boolean) => {
    while (!isTrue()) {
      settled ??= Promise.withResolvers<void>()
      await settled.promise
    }
  }
  const add = (work: Promise<unknown>, workBytes: number) => {
    count += 1
    bytes += workBytes
    const done = () => {
      count -= 1
      bytes -= workBytes
      settled?.resolve()
      settled = undefined
    }
    work.then(done, done)
  }
  return {
    add,
    room: more => until(() => count === 0 || (count < maxCount && bytes + more <= maxBytes)),
    drained: () => until(() => count === 0),
  }
}
