import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

export interface FailingFs extends Disposable {
  /** How many calls have failed. */
  readonly fired: number
}

/**
 * Makes a function of `node:fs` fail with a code of the operating system in this process, until disposal.
 *
 * @param applies whether a call with these arguments fails; every call does by default.
 */
export function failFs(
  name: 'openSync' | 'write' | 'writeSync' | 'fdatasync' | 'fsync' | 'writeFileSync' | 'renameSync' | 'mkdirSync',
  code: string,
  applies: (args: readonly unknown[]) => boolean = () => true,
): FailingFs {
  const real = fs[name] as (...args: unknown[]) => unknown
  const failing = { fired: 0, [Symbol.dispose]: () => replace(real) }
  const replace = (by: unknown) => {
    Object.assign(fs, { [name]: by })
    syncBuiltinESMExports()
  }
  replace((...args: unknown[]) => {
    if (!applies(args)) return real(...args)
    failing.fired += 1
    const error = Object.assign(new Error(`${code}: planted, ${name}`), { code })
    const callback = args.at(-1)
    if (typeof callback !== 'function') throw error
    return callback(error)
  })
  return failing
}
