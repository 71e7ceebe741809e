import {
  DATA_TYPE,
  DATA_TYPE_EXPECTED,
  INSTRUMENT_TYPE,
  INSTRUMENT_TYPE_EXPECTED,
  VENUE,
  VENUE_EXPECTED,
} from '../../market/names.ts'
import { isPrefix, PREFIX_EXPECTED } from '../../market/prefix.ts'
import { shown } from '../shown.ts'
import { Secret } from './secret.ts'

/** The value of a variable's text, or its faults as `found …, expected …`; a list may have several. */
export type Reading<T> = { readonly value: T } | { readonly faults: readonly string[] }
export type Reader<T> = (text: string) => Reading<T>

const wrong = (text: string, expected: string) => ({ faults: [`found ${shownUnlessKey(text)}, expected ${expected}`] })

/** A line break missing in a `.env` puts the key into another variable's value, so what looks like a key is not shown. */
function shownUnlessKey(text: string): string {
  return /TD\.|API_?KEY/i.test(text) ? `${text.length} characters (not shown, there may be a key in them)` : shown(text)
}

const matching =
  (pattern: RegExp, expected: string): Reader<string> =>
  text =>
    pattern.test(text) ? { value: text } : wrong(text, expected)

export const venue = matching(VENUE, VENUE_EXPECTED)
export const dataType = matching(DATA_TYPE, DATA_TYPE_EXPECTED)
export const instrumentType = matching(INSTRUMENT_TYPE, INSTRUMENT_TYPE_EXPECTED)

/** Comma-separated names. Blanks around a name and a comma at the end are ignored; a repeated name counts once. */
export function list(item: Reader<string>): Reader<readonly string[]> {
  return text => {
    const names = text.split(',').map(name => name.trim())
    if (names.at(-1) === '') names.pop()
    const readings = names.map(item)
    const faults = readings.flatMap(reading => ('faults' in reading ? reading.faults : []))
    return faults.length > 0 || names.length === 0
      ? { faults: faults.length > 0 ? faults : [`found ${shown(text)}, expected names separated by commas`] }
      : { value: [...new Set(names)] }
  }
}

/** A whole number in decimal digits, both bounds included. */
export function whole(min: number, max: number): Reader<number> {
  return text => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return number >= min && number <= max ? { value: number } : wrong(text, `a whole number from ${min} to ${max}`)
  }
}

/** A share above 0, at most 1. */
export const share: Reader<number> = text => {
  const number = /^\d?\.?\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  return number > 0 && number <= 1 ? { value: number } : wrong(text, 'a share above 0 and at most 1, like 0.75')
}

/** A number per second, above 0 and up to 1000. */
export const rate: Reader<number> = text => {
  const number = /^\d{0,4}\.?\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  return number > 0 && number <= 1_000 ? { value: number } : wrong(text, 'a number per second above 0, like 10 or 0.5')
}

export const flag: Reader<boolean> = text =>
  text === 'true' || text === 'false' ? { value: text === 'true' } : wrong(text, 'true or false')

export function oneOf<T extends string>(names: readonly T[]): Reader<T> {
  return text => {
    const name = names.find(candidate => candidate === text)
    return name === undefined ? wrong(text, `one of ${names.join(', ')}`) : { value: name }
  }
}

/**
 * An http(s) address without credentials, query or fragment. A slash at the end is removed. Credentials are not shown in
 * a fault.
 */
export const url: Reader<string> = text => {
  const parsed = URL.parse(text)
  if (text.includes('@')) return { faults: [`found an address with an @, expected one without credentials`] }
  const fit =
    parsed &&
    /^https?:\/\/[\x21-\x7e]+$/i.test(text) &&
    !/[?#\\]/.test(text) &&
    !/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(text.slice(text.indexOf('//') + 2))
  return fit
    ? { value: parsed.href.replace(/\/+$/, '') }
    : wrong(text, 'an address like https://api.tardis.dev/v1, without query or fragment')
}

/** https://cloud.google.com/storage/docs/buckets#naming */
export const bucket: Reader<string> = text => {
  const fit =
    /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(text) &&
    text.split('.').every(part => /^[a-z0-9_-]{1,63}$/.test(part)) &&
    !/^goog|google|^\d+\.\d+\.\d+\.\d+$/.test(text)
  return fit
    ? { value: text }
    : wrong(text, 'the name of a bucket (3 to 63 of a-z, 0-9, -, _ and ., no gs:// before it)')
}

/** Where the data objects go. */
export const prefix: Reader<string> = text => (isPrefix(text) ? { value: text } : wrong(text, PREFIX_EXPECTED))

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
export const topic: Reader<string> = text => {
  const id = text.replace(/^projects\/[a-z][a-z0-9:.-]{4,61}[a-z0-9]\/topics\//, '')
  const fit = /^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/.test(id) && !/^goog/i.test(id)
  return fit
    ? { value: text }
    : wrong(text, 'a Pub/Sub topic (3 to 255 letters, digits and -, not beginning with goog)')
}

/**
 * https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin, and older ids with a
 * domain.
 */
export const project = matching(
  /^(?:[a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  'a project id (6 to 30 lower-case letters, digits and -), not a number or a name',
)

export const domain = matching(
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  'a domain like googleapis.com, without https:// or a path',
)

/** A fault states the length of the text and what is wrong with it, never the text. */
export const apiKey: Reader<Secret> = text => {
  const faults: string[] = []
  if (text.length < 8 || text.length > 512) faults.push('8 to 512 characters')
  if (/\s/.test(text)) faults.push('no spaces or line breaks within')
  if (/[^\s\x21-\x7e]/.test(text)) faults.push('nothing but printable ASCII')
  return faults.length === 0
    ? { value: new Secret(text) }
    : { faults: [`found ${text.length} characters (not shown), expected a key with ${faults.join(', and ')}`] }
}
