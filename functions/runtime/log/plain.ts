/** What a log entry may hold: plain JSON. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

export interface PlainOptions {
  /** Texts that must not be shown. Each is replaced wherever it occurs, also percent-encoded. */
  readonly secrets: readonly string[]
  /** Whether errors include their stacks. Programming errors (TypeError …) always do. */
  readonly stacks: boolean
}

const REDACTED = '[redacted]'
const SENSITIVE = /^(?:proxy-)?authorization$|cookie$|password$|secret$|api[_-]?key$|access[_-]?token$/i
const MAX_DEPTH = 8
const MAX_ENTRIES = 100
const MAX_CHARACTERS = 16 * 1024
const MAX_CAUSES = 10

/** Returns a function that replaces every secret in a text, longer secrets first. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.filter(secret => secret !== '').flatMap(secret => [secret, percentEncoded(secret)]))
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  return text => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text)
}

function percentEncoded(secret: string): string {
  return encodeURIComponent(secret.toWellFormed())
}

/**
 * Returns a function that makes any value fit for a log: no cycles, BigInt, bytes, long texts or getters that throw, and no
 * secret in values, keys, errors, causes and addresses. Undefined stays undefined.
 */
export function createPlain(options: PlainOptions): (value: unknown) => Plain | undefined {
  const maker = new PlainMaker(options)
  return value => guarded(() => maker.plain(value, []))
}

class PlainMaker {
  readonly #redact: (text: string) => string
  readonly #stacks: boolean

  constructor({ secrets, stacks }: PlainOptions) {
    this.#redact = createRedactor(secrets)
    this.#stacks = stacks
  }

  /** @param ancestors the objects that the value is in */
  plain(value: unknown, ancestors: readonly object[]): Plain | undefined {
    switch (typeof value) {
      case 'undefined':
      case 'boolean':
        return value
      case 'string':
        return this.#text(value)
      case 'number':
        return Number.isFinite(value) ? value : String(value)
      case 'object':
        return value === null ? null : this.#object(value, ancestors)
      default:
        return this.#text(typeof value === 'function' ? `[function ${value.name}]` : String(value))
    }
  }

  #text(value: string): string {
    const safe = this.#redact(value)
    const more = safe.length - MAX_CHARACTERS
    return more > 0 ? `${safe.slice(0, MAX_CHARACTERS)}… (${more} more characters)` : safe
  }

  #object(value: object, ancestors: readonly object[]): Plain | undefined {
    if (ancestors.includes(value)) return '[circular]'
    if (ancestors.length >= MAX_DEPTH) return '[too deep]'
    const inside = [...ancestors, value]
    if (value instanceof Error) return this.#error(value)
    if (value instanceof URL) return this.#text(value.href)
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
    if (value instanceof Map) return this.#entries(value, value.size, inside)
    if (Array.isArray(value) || value instanceof Set) return this.#list([...value], inside)
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.plain(value.toJSON(), inside)
    const keys = Object.keys(value)
    return this.#entries(lazily(value, keys), keys.length, inside)
  }

  #list(values: readonly unknown[], ancestors: readonly object[]): Plain {
    const list = values.slice(0, MAX_ENTRIES).map(item => guarded(() => this.plain(item, ancestors)) ?? null)
    return values.length > MAX_ENTRIES ? [...list, `… ${values.length - MAX_ENTRIES} more`] : list
  }

  #entries(entries: Iterable<[unknown, unknown]>, size: number, ancestors: readonly object[]): Plain {
    const object: Record<string, Plain> = Object.create(null)
    let count = 0
    for (const [key, item] of entries) {
      if (count++ === MAX_ENTRIES) break
      const name = this.#text(String(key))
      const value = SENSITIVE.test(name) && item ? REDACTED : guarded(() => this.plain(item, ancestors))
      if (value !== undefined) object[name] = value
    }
    if (size > MAX_ENTRIES) object['…'] = `${size - MAX_ENTRIES} more`
    return object
  }

  #error(error: Error): Plain {
    const [top, ...causes] = chain(error).map(link => this.#describe(link))
    return causes.length > 0 ? { ...top, causes } : { ...top }
  }

  /** Names, messages and codes only: errors of HTTP libraries carry whole requests, headers included. */
  #describe(error: unknown): Record<string, Plain> {
    if (typeof error !== 'object' || error === null) return { message: this.#text(String(error)) }
    const { name, message, code, stack } = error as Partial<Error & { code: unknown }>
    return {
      ...(typeof name === 'string' && name !== 'Error' && { name: this.#text(name) }),
      message: this.#text(typeof message === 'string' ? message : '[no message]'),
      ...(typeof code === 'string' && { code: this.#text(code) }),
      ...(typeof code === 'number' && Number.isFinite(code) && { code }),
      ...((this.#stacks || isProgrammingError(error)) && typeof stack === 'string' && { stack: this.#text(stack) }),
    }
  }
}

function* lazily(value: object, keys: readonly string[]): Iterable<[unknown, unknown]> {
  for (const key of keys) yield [key, guarded(() => (value as Record<string, unknown>)[key])]
}

/** An error and what caused it, outermost first; an AggregateError's errors count as its causes. */
export function chain(error: unknown): unknown[] {
  const links: unknown[] = []
  const waiting: unknown[] = [error]
  while (waiting.length > 0 && links.length < MAX_CAUSES) {
    const link = waiting.shift()
    if (link === undefined || link === null || links.includes(link)) continue
    links.push(link)
    if (link instanceof AggregateError) waiting.push(...link.errors)
    if (link instanceof Error) waiting.push(link.cause)
  }
  return links
}

function isProgrammingError(error: object): boolean {
  return [TypeError, ReferenceError, RangeError].some(kind => error instanceof kind)
}

function guarded<T>(read: () => T): T | string {
  try {
    return read()
  } catch {
    return '[unreadable]'
  }
}
