import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Returns a function that collects garbage now. It takes 5 to 20 ms with a heap of our size. V8 collects when its own heap
 * needs it and does not know the container's limit, so a process near the limit often holds mostly unused buffers. A thread
 * of V8 frees them a few milliseconds after the call returns.
 */
export function garbageCollector(): () => void {
  return collectorWith()
}

/**
 * Returns a function that collects garbage now and gives the memory back that V8 keeps for new objects, up to 100 MB. It takes
 * some 100 ms, which `garbageCollector` does not: for the ends of long stretches of work.
 */
export function heapTrimmer(): () => void {
  return collectorWith({ type: 'major', flavor: 'last-resort' })
}

/** What V8's `gc` takes: https://github.com/v8/v8/blob/main/src/extensions/gc-extension.h */
interface CollectOptions {
  readonly type: 'major'
  readonly flavor?: 'last-resort'
}

function collectorWith(options?: CollectOptions): () => void {
  let collect: Collector | undefined
  return () => {
    collect ??= findCollector()
    collect(options)
  }
}

type Collector = (options: CollectOptions | undefined) => void

/** The flag takes effect in contexts created while it is set: https://nodejs.org/api/v8.html#v8setflagsfromstringflags */
function findCollector(): Collector {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : undefined')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? options => (options ? found(options) : found()) : () => {}
}
