/** Counts what is under way: a producer waits for room, a close for the end. */
export interface Window {
  /** Counts `work` until it settles. The caller handles its failure. */
  add(work: Promise<unknown>, bytes: number): void
  /** Resolves when `bytes` more fit, or nothing is under way: what is larger than the window goes alone. */
  room(bytes: number): Promise<void>
  /** Resolves when nothing is under way. */
  drained(): Promise<void>
}

export interface WindowLimits {
  readonly maxCount: number
  readonly maxBytes: number
}

const UNLIMITED = { maxCount: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }

/** An empty window. Memory: two numbers. */
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
