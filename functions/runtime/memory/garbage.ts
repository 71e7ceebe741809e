import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * A function that collects garbage now, as far as V8 can: 5 to 20 ms with a heap of the size that we have. V8 collects
 * when its own heap needs it, and knows nothing of the container's limit; a process that looks full often holds mostly
 * buffers that nobody uses any more. They are freed by a thread of V8's a few milliseconds after the call returns.
 */
export function garbageCollector(): () => void {
  let collect: (() => void) | undefined
  return () => {
    collect ??= findCollector()
    collect()
  }
}

/** https://nodejs.org/api/v8.html#v8setflagsfromstringflags: the flag shows in contexts made while it is set. */
function findCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : undefined')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? () => found() : () => {}
}
