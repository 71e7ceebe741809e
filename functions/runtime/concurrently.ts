/**
 * Calls `work` with each value of the source, at most `limit` at once, and yields the results as they come, in no particular
 * order. Reads the source only as fast as the results are taken. Memory: `limit` values and results. After the first failure
 * it reads no further value, waits for what is in work, and throws. Leaving the loop early waits for what is in work too.
 */
export async function* mapConcurrently<T, R>(
  source: Iterable<T>,
  limit: number,
  work: (value: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  interface Done {
    readonly task: Promise<Done>
    readonly result: R
  }
  const inWork = new Set<Promise<Done>>()
  const start = (value: T) => {
    const task: Promise<Done> = work(value).then(result => ({ task, result }))
    inWork.add(task)
  }
  const iterator = source[Symbol.iterator]()
  let exhausted = false
  try {
    for (;;) {
      while (!exhausted && inWork.size < limit) {
        const next = iterator.next()
        if (next.done) exhausted = true
        else start(next.value)
      }
      if (inWork.size === 0) return
      const { task, result } = await Promise.race(inWork)
      inWork.delete(task)
      yield result
    }
  } finally {
    if (!exhausted) iterator.return?.()
    await Promise.allSettled(inWork)
  }
}
