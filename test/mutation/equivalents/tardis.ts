import { type Equivalent, inFile } from '../score.ts'

const ONLY_TIME = 'the result is the same; that the time stays linear is for excerpt-time.test.ts'
const SET_BEFORE_USE = 'a key or value sets it as it begins, before it is used'

export const TARDIS: readonly Equivalent[] = [
  ...inFile('functions/tardis/address.ts', [
    {
      text: 'if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)',
      to: '/^https?:/',
      why: 'a protocol ends with its only colon',
    },
    {
      text: 'if (key !== undefined && !/^[\\x21-\\x7e]+$/.test(key))',
      to: 'true',
      why: 'the pattern takes undefined for the word, which it accepts',
    },
  ]),
  ...inFile('functions/tardis/call.ts', [
    {
      text: "for (const source of sources) source.addEventListener('abort', onAbort, { once: true })",
      why: 'the listener removes itself',
    },
  ]),
  ...inFile('functions/tardis/error.ts', [
    {
      text: 'const secrets = apiKey ? [...new Set([apiKey, encodeURIComponent(apiKey), btoa(apiKey)])] : []',
      to: '["Stryker was here"]',
      why: 'no text has these words',
    },
  ]),
  ...inFile('functions/tardis/excerpt.ts', [
    { text: 'if (name === undefined || neverClosed.has(name)) return undefined', to: 'false', why: ONLY_TIME },
    {
      text: 'if (name === undefined || neverClosed.has(name)) return undefined',
      to: 'name === undefined && neverClosed.has(name)',
      why: ONLY_TIME,
    },
    { text: 'neverClosed.add(name)', to: ';', why: ONLY_TIME },
    {
      text: "if (typeof value !== 'object' || value === null) return undefined",
      why: 'the operator in throws for anything else, which is caught',
    },
    { text: '} catch {', to: '{}', why: 'the function gives undefined at its end too' },
  ]),
  ...inFile('functions/tardis/exchange-memory.ts', [
    {
      text: 'if (clock.now() < untilMs && symbols + neededSymbols <= maxSymbols) return',
      to: 'symbols - neededSymbols',
      why: 'the next call drops what is too much before it looks, so only memory differs, until then',
    },
    {
      text: 'dropOld(symbolsOf(outcome))',
      to: ';',
      why: 'the next call drops what is too much before it looks, so only memory differs, until then',
    },
  ]),
  ...inFile('functions/tardis/exchange.ts', [
    {
      text: 'availableTo: availableTo === undefined ? undefined : shared(availableTo),',
      to: 'false',
      why: 'undefined is shared as undefined',
    },
  ]),
  ...inFile('functions/tardis/gzip-encoding.ts', [
    { text: '} catch {', to: '{}', why: 'the function gives undefined at its end too' },
    { text: '} finally {', to: '{}', why: 'the iterator of a stream destroys it, however it ends' },
    { text: 'inflated.destroy()', to: ';', why: 'the iterator of a stream destroys it, however it ends' },
  ]),
  ...inFile('functions/tardis/http.ts', [
    {
      text: 'throw failure(address, `no answer: $' + "{describe(error)}`, !OWN_FAULTS.has(codeOf(error) ?? ''), error)",
      to: '"Stryker was here!"',
      why: 'neither is among the codes',
    },
    {
      text: 'options.signal.throwIfAborted()',
      to: ';',
      why: 'undici sends no request either, and the reason is thrown where it refuses',
    },
    {
      text: 'return url !== null && /^https?:$/.test(url.protocol) ? url : undefined',
      to: '/^https?:/',
      why: 'a protocol ends with its only colon',
    },
    {
      text: "const OWN_FAULTS = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED'])",
      to: '""',
      why: 'UND_ERR_CLOSED is for a dispatcher that is closed: ours is destroyed. The other two are caught',
    },
  ]),
  ...inFile('functions/tardis/items.ts', [
    {
      text: 'const groups = nothingTwice(listed, dataType).filter(({ id }) => isGrouped(id))',
      to: 'nothingTwice(listed, dataType)',
      why: 'one that is no group has no market, and so no instruments',
    },
    {
      text: 'const marketsByGroup = new Set(offered.map(({ id }) => groupedMarket(id)).filter(market => market !== undefined))',
      why: 'the set is never asked for undefined',
    },
    {
      text: 'const wholeTypes = new Set(texts.map(wholeTypeOf).filter(type => type !== undefined))',
      to: 'texts.map(wholeTypeOf)',
      why: 'no symbol is of the type undefined, and an empty set of types only saves the search',
    },
    {
      text: 'const wholeTypes = new Set(texts.map(wholeTypeOf).filter(type => type !== undefined))',
      to: 'true',
      why: 'no symbol is of the type undefined, and an empty set of types only saves the search',
    },
    {
      text: 'const whole = new Set(wholeTypes.size > 0 ? nothingTwice(listed, dataType).filter(isOf(wholeTypes)) : [])',
      to: 'true',
      why: 'an empty set of types only saves the search',
    },
    {
      text: 'const whole = new Set(wholeTypes.size > 0 ? nothingTwice(listed, dataType).filter(isOf(wholeTypes)) : [])',
      to: 'wholeTypes.size >= 0',
      why: 'an empty set of types only saves the search',
    },
    {
      text: 'const whole = new Set(wholeTypes.size > 0 ? nothingTwice(listed, dataType).filter(isOf(wholeTypes)) : [])',
      to: '["Stryker was here"]',
      why: 'the set is asked for symbols only',
    },
  ]),
  ...inFile('functions/tardis/json-members.ts', [
    { text: '#keep = false', why: SET_BEFORE_USE },
    { text: '#inString = false', why: SET_BEFORE_USE },
    { text: '#escaped = false', why: SET_BEFORE_USE },
    { text: '#scalar = false', why: SET_BEFORE_USE },
    { text: '#pieces: Uint8Array[] = []', why: SET_BEFORE_USE },
    { text: "this.#begin('key', true)", to: '""', why: 'the state is compared with no and value only' },
    { text: "if (inside === 'value') this.#expecting = 'comma'", to: 'true', why: 'a key sets it once more' },
  ]),
  ...inFile('functions/tardis/key-access.ts', [
    { text: '} catch {', to: '{}', why: 'the function gives undefined at its end too' },
  ]),
  ...inFile('functions/tardis/open-dataset.ts', [
    {
      text: 'return text !== undefined && /^\\d+$/.test(text) ? Number(text) : undefined',
      to: 'true',
      why: 'the pattern takes undefined for the word, which is no number',
    },
    {
      text: "const isPage = /html|json/i.test(response.header('content-type') ?? '')",
      to: '"Stryker was here!"',
      why: 'neither names a page',
    },
  ]),
  ...inFile('functions/tardis/parse-member.ts', [
    {
      text: 'const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)',
      to: '(at as Record<PropertyKey, unknown> | undefined)[key]',
      why: 'zod reports the outermost part that is missing, so nothing is looked for in it',
    },
  ]),
  ...inFile('functions/tardis/refusal.ts', [
    {
      text: 'if (retryAfterMs !== undefined && retryAfterMs > MAX_RATE_LIMIT_MS) return nowMs + retryAfterMs',
      to: 'true',
      why: 'undefined is not greater than anything',
    },
  ]),
  ...inFile('functions/tardis/vendor.ts', [
    {
      text: 'this.#http = maxRequestsPerSecond === undefined ? http : paced(http, maxRequestsPerSecond, clock)',
      to: 'false',
      why: 'without a rate no turn is later than now',
    },
    {
      text: 'if (error instanceof VendorRefusedError) this.#refusal = error',
      to: 'true',
      why: 'another error has no time until which nothing is requested',
    },
  ]),
]
