import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

type Call =
  | 'openSync'
  | 'read'
  | 'write'
  | 'writeSync'
  | 'fdatasync'
  | 'fsync'
  | 'writeFileSync'
  | 'renameSync'
  | 'mkdirSync'

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
  name: Call,
  code: string,
  applies: (args: readonly unknown[]) => boolean = () => true,
): FailingFs {
  let fired = 0
  const planted = replaceFs(name, (real, args) => {
    if (!applies(args)) return real(...args)
    fired += 1
    const error = Object.assign(new Error(`${code}: planted, ${name}`), { code })
    const callback = args.at(-1)
    if (typeof callback !== 'function') throw error
    return callback(error)
  })
  return {
    get fired() {
      return fired
    },
    [Symbol.dispose]: () => planted[Symbol.dispose](),
  }
}

/** Calls back before each call of a function of `node:fs` in this process, until disposal. */
export function watchFs(name: Call, seen: (args: readonly unknown[]) => void): Disposable {
  return replaceFs(name, (real, args) => {
    seen(args)
    return real(...args)
  })
}

type AnyFunction = (...args: unknown[]) => unknown

function replaceFs(name: Call, by: (real: AnyFunction, args: unknown[]) => unknown): Disposable {
  const real = fs[name] as AnyFunction
  const set = (value: AnyFunction) => {
    Object.assign(fs, { [name]: value })
    syncBuiltinESMExports()
  }
  set((...args) => by(real, args))
  return { [Symbol.dispose]: () => set(real) }
}
