import type { Chance } from '../model/chance.ts'

/** Texts that have broken parsers before, or mean something to paths, URLs, shells, terminals or JSON. */
const NASTY = [
  '',
  '\0',
  '\n',
  '\r\n',
  '"',
  "'",
  '`',
  '\\',
  '/',
  '../',
  '..',
  '.',
  '%2e%2e%2f',
  '//',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '#',
  '=',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'true',
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  '1e-999',
  '0x10',
  '9007199254740993',
  '99999999999999999999999999',
  '-1',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\u{10ffff}',
  'é',
  'ｂ',
  '9999-12-31',
  '0000-00-00',
  '2024-02-30',
  '2024-08-08T00:00:00Z',
  '$(id)',
  '<script>',
  '\x1b[2J',
  'x'.repeat(300),
  '[['.repeat(200),
  '"a":'.repeat(50),
] as const

/** One to several changes of the bytes: flipped, cut, doubled, moved, or something nasty put in. */
export function mutate(bytes: Uint8Array, chance: Chance): Buffer {
  let found: Buffer = Buffer.from(bytes)
  for (let changes = 1 + chance.below(4); changes > 0; changes--) found = change(found, chance)
  return found
}

function change(bytes: Buffer, chance: Chance): Buffer {
  const at = chance.below(bytes.length + 1)
  const to = Math.min(bytes.length, at + chance.below(40))
  switch (chance.below(7)) {
    case 0:
      return replace(bytes, at, at, Buffer.from(chance.pick(NASTY)))
    case 1:
      return replace(bytes, at, to, Buffer.from(chance.pick(NASTY)))
    case 2:
      return bytes.subarray(0, at)
    case 3:
      return replace(bytes, at, to, Buffer.alloc(0))
    case 4:
      return replace(bytes, at, at, bytes.subarray(at, to))
    case 5:
      return replace(bytes, at, Math.min(bytes.length, at + 1), Buffer.from([chance.below(256)]))
    default:
      return replace(bytes, chance.below(bytes.length + 1), bytes.length, bytes.subarray(at))
  }
}

function replace(bytes: Buffer, from: number, to: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)])
}

/** Nothing but chance. */
export function noise(chance: Chance): Buffer {
  return Buffer.from(Array.from({ length: chance.below(200) }, () => chance.below(256)))
}
