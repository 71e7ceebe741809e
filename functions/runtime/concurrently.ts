/**
 * Does `work` on what the source gives, at most `limit` at once, and gives the answers as they come, in no particular
 * order. Pulls the source only as fast as the answers are taken: memory is `limit` of each. The first failure stops the
 * pulling and is thrown once nothing is in work any more; leaving the loop early waits for that too.
 */
export async function* mapConcurrently<T, R>(
  source: Iterable<T>,
  limit: number,
  work: (value: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  interface Done {
    readonly task: Promise<Done>
    readonly answer: R
  }
  const inWork = new Set<Promise<Done>>()
  const start = (value: T) => {
    const task: Promise<Done> = work(value).then(answer => ({ task, answer }))
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
      const { task, answer } = await Promise.race(inWork)
      inWork.delete(task)
      yield answer
    }
  } finally {
    if (!exhausted) iterator.return?.()
    await Promise.allSettled(inWork)
  }
}
