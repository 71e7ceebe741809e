import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Returns a function that collects garbage now. It takes 5 to 20 ms with a heap of our size. V8 collects when its own heap
 * needs it and does not know the container's limit, so a process near the limit often holds mostly unused buffers. A thread
 * of V8 frees them a few milliseconds after the call returns.
 */
export function garbageCollector(): () => void {
  let collect: (() => void) | undefined
  return () => {
    collect ??= findCollector()
    collect()
  }
}

/** The flag takes effect in contexts created while it is set: https://nodejs.org/api/v8.html#v8setflagsfromstringflags */
function findCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : undefined')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? () => found() : () => {}
}
