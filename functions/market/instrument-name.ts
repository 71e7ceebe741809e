import { isDay } from './days.ts'
import type { InstrumentSymbol, Venue } from './names.ts'
import { datasetSymbol } from './symbols.ts'

/** What an instrument's name says of it. A field is null where the name does not say it for sure. */
export interface NamedInstrument {
  readonly type: 'spot' | 'perpetual' | 'future' | 'option' | null
  /** As the venue spells it: `XBT` on BitMEX, `1000SHIB` on Binance. */
  readonly base: string | null
  /** The currency of the price, of an option that of the strike. */
  readonly quote: string | null
  /** The day on which a future or option ends, `YYYY-MM-DD`. */
  readonly expiry: string | null
  readonly strike: number | null
  readonly side: 'call' | 'put' | null
}

interface Rule {
  readonly type: NonNullable<NamedInstrument['type']>
  /** Groups: base, quote, day, strike, side; all optional. */
  readonly pattern: RegExp
  /** Where the name has no quote, but all names of this form have the same. */
  readonly quote?: string
  /** The possible ends of a name in which base and quote are not divided. */
  readonly quotes?: readonly string[]
}

const UNKNOWN: NamedInstrument = { type: null, base: null, quote: null, expiry: null, strike: null, side: null }

/** Reads a symbol of a venue, in the vendor's spelling or as its dataset is named. Pure; never guesses. */
export function parseInstrumentName(venue: Venue, symbol: InstrumentSymbol): NamedInstrument {
  const name = datasetSymbol(symbol)
  const rules = Object.hasOwn(RULES, venue) ? RULES[venue]! : []
  for (const rule of rules) {
    const groups = rule.pattern.exec(name)?.groups
    const found = groups && read(groups, rule)
    if (found) return found
  }
  return UNKNOWN
}

/**
 * `VENUE:TYPE:BASE-QUOTE[-YYMMDD[-STRIKE-CALL]]`, the same for an instrument on every day; null where the name does not
 * say a part of it.
 */
export function instrumentKey(venue: Venue, instrument: NamedInstrument): string | null {
  const { type, base, quote, expiry, strike, side } = instrument
  if (type === null || base === null || quote === null) return null
  const key = [`${venue.toUpperCase()}:${type.toUpperCase()}:${base}`, quote]
  if (type === 'future' || type === 'option') {
    if (expiry === null) return null
    key.push(expiry.slice(2).replaceAll('-', ''))
  }
  if (type === 'option') {
    if (strike === null || side === null) return null
    key.push(String(strike), side.toUpperCase())
  }
  return key.join('-')
}

type Groups = Readonly<Record<string, string | undefined>>

/** Undefined where a part of the name cannot be what the rule takes it for. */
function read(groups: Groups, { type, quote: fixed, quotes }: Rule): NamedInstrument | undefined {
  const divided = quotes ? divide(groups.pair ?? '', quotes) : { base: groups.base, quote: groups.quote ?? fixed }
  const expiry = groups.day === undefined ? null : expiryOf(groups.day)
  if (!divided || expiry === undefined) return undefined
  return {
    type,
    base: divided.base ?? null,
    quote: divided.quote ?? null,
    expiry,
    strike: groups.strike === undefined ? null : Number(groups.strike.replace(/D/, '.')),
    side: groups.side === undefined ? null : groups.side.startsWith('C') ? 'call' : 'put',
  }
}

/** Undefined where no quote ends the pair, or more than one could. */
function divide(pair: string, quotes: readonly string[]) {
  const [quote, ...others] = quotes.filter(one => pair.length > one.length && pair.endsWith(one))
  return quote === undefined || others.length > 0 ? undefined : { base: pair.slice(0, -quote.length), quote }
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** `27SEP24`, `3JAN25`, `240927` or `20240927` as a day; undefined for any other text. */
function expiryOf(text: string): string | undefined {
  const [, d = '', month = '', y = ''] = /^(\d{1,2})([A-Z]{3})(\d\d)$/.exec(text) ?? []
  const number = (value: number) => String(value).padStart(2, '0')
  const day = month
    ? `20${y}-${number(MONTHS.indexOf(month) + 1)}-${d.padStart(2, '0')}`
    : text.replace(/^(?:20)?(\d\d)(\d\d)(\d\d)$/, '20$1-$2-$3')
  return isDay(day) ? day : undefined
}

const DAY_NAME = String.raw`(?<day>\d{1,2}[A-Z]{3}\d\d)`
const DAY_DIGITS = String.raw`(?<day>\d{6})`
const BASE = '(?<base>[A-Z0-9]+)'
const QUOTE = '(?<quote>[A-Z0-9]+)'
const STRIKE = String.raw`(?<strike>\d+(?:[.]\d+)?)`
const SIDE = '(?<side>[CP])'
const PAIR = '(?<pair>[A-Z0-9]+)'

function rule(type: Rule['type'], pattern: string, more: Pick<Rule, 'quote' | 'quotes'> = {}): Rule {
  return { type, pattern: new RegExp(`^${pattern}$`), ...more }
}

const BINANCE_QUOTES =
  'USDT USDC BUSD TUSD FDUSD USDS USDP PAX DAI VAI UST BTC ETH BNB XRP TRX DOGE DOT SOL EUR AEUR GBP AUD TRY BRL RUB UAH NGN ZAR PLN RON ARS JPY MXN CZK COP IDRT BIDR BKRW BVND GYEN'.split(
    ' ',
  )

/** Where names come from: the venues' own documentation of their symbols, as the vendor passes them on. */
const RULES: Readonly<Record<Venue, readonly Rule[]>> = {
  deribit: [
    rule('perpetual', `${BASE}-PERPETUAL`, { quote: 'USD' }),
    rule('perpetual', `${BASE}_${QUOTE}-PERPETUAL`),
    rule('future', `${BASE}-${DAY_NAME}`, { quote: 'USD' }),
    rule('future', `${BASE}_${QUOTE}-${DAY_NAME}`),
    rule('option', `${BASE}-${DAY_NAME}-${STRIKE}-${SIDE}`, { quote: 'USD' }),
    // `0d5` is 0.5.
    rule('option', String.raw`${BASE}_${QUOTE}-${DAY_NAME}-(?<strike>\d+(?:D\d+)?)-${SIDE}`),
    rule('spot', `${BASE}_${QUOTE}`),
  ],
  binance: [rule('spot', PAIR, { quotes: BINANCE_QUOTES })],
  'binance-futures': [
    rule('perpetual', PAIR, { quotes: ['USDT', 'USDC', 'BUSD', 'BTC'] }),
    rule('future', `${PAIR}_${DAY_DIGITS}`, { quotes: ['USDT', 'USDC', 'BUSD', 'BTC'] }),
  ],
  'binance-delivery': [
    rule('perpetual', `${PAIR}_PERP`, { quotes: ['USD'] }),
    rule('future', `${PAIR}_${DAY_DIGITS}`, { quotes: ['USD'] }),
  ],
  'binance-european-options': [rule('option', `${BASE}-${DAY_DIGITS}-${STRIKE}-${SIDE}`, { quote: 'USDT' })],
  okex: [rule('spot', `${BASE}-${QUOTE}`)],
  'okex-swap': [rule('perpetual', `${BASE}-${QUOTE}-SWAP`)],
  'okex-futures': [rule('future', `${BASE}-${QUOTE}-${DAY_DIGITS}`)],
  'okex-options': [rule('option', `${BASE}-${QUOTE}-${DAY_DIGITS}-${STRIKE}-${SIDE}`)],
  bybit: [
    rule('future', `${BASE}(?<quote>USDT)-${DAY_NAME}`),
    rule('future', `${BASE}-${DAY_NAME}`, { quote: 'USDC' }),
    // The month and year of an inverse future are in the name, the day is not.
    rule('future', String.raw`(?<base>[A-Z]+)(?<quote>USD)[HMUZ]\d\d`),
    rule('perpetual', '(?<base>[A-Z0-9]+)PERP', { quote: 'USDC' }),
    rule('perpetual', PAIR, { quotes: ['USDT', 'USD'] }),
  ],
  'bybit-options': [
    rule('option', `${BASE}-${DAY_NAME}-${STRIKE}-${SIDE}-(?<quote>USDT|USDC)`),
    rule('option', `${BASE}-${DAY_NAME}-${STRIKE}-${SIDE}`, { quote: 'USDC' }),
  ],
  bitmex: [
    rule('spot', '(?<base>[A-Z]+)_(?<quote>USDT|USDC|USD|EUR|XBT|ETH)'),
    rule('perpetual', '(?<pair>[A-Z]+)', { quotes: ['USD', 'USDT', 'EUR'] }),
    // The quote of a future depends on the base, and its last day is in no name.
    rule('future', String.raw`(?<base>[A-Z]{3,4})[FGHJKMNQUVXZ]\d\d`),
  ],
  coinbase: [rule('spot', `${BASE}-${QUOTE}`)],
  kraken: [rule('spot', `${BASE}-${QUOTE}`)],
  cryptofacilities: [
    rule('perpetual', `P[IF]_${PAIR}`, { quotes: ['USD'] }),
    rule('future', `F[IF]_${PAIR}_${DAY_DIGITS}`, { quotes: ['USD'] }),
  ],
  'huobi-dm': [rule('future', '(?<base>[A-Z0-9]+)_(?:CW|NW|CQ|NQ)', { quote: 'USD' })],
  'huobi-dm-swap': [rule('perpetual', '(?<base>[A-Z0-9]+)-(?<quote>USD)')],
  'huobi-dm-linear-swap': [
    rule('perpetual', '(?<base>[A-Z0-9]+)-(?<quote>USDT)'),
    rule('future', `${BASE}-(?<quote>USDT)-${DAY_DIGITS}`),
  ],
  ftx: [
    rule('perpetual', `${BASE}-PERP`, { quote: 'USD' }),
    rule('future', String.raw`${BASE}-(?<day>20\d{6})`, { quote: 'USD' }),
    // Without a year: which day it is depends on when the name was used.
    rule('future', String.raw`${BASE}-\d{4}`, { quote: 'USD' }),
    rule('spot', '(?<base>[A-Z0-9]+)-(?<quote>USD|USDT|BTC|EUR|TRYB|BRZ)'),
  ],
  'gate-io': [rule('spot', `${BASE}_${QUOTE}`)],
  'gate-io-futures': [
    rule('perpetual', '(?<base>[A-Z0-9]+)_(?<quote>USDT|USD|BTC)'),
    rule('future', String.raw`${BASE}_(?<quote>USDT|USD|BTC)_(?<day>20\d{6})`),
  ],
  kucoin: [rule('spot', `${BASE}-${QUOTE}`)],
  upbit: [rule('spot', '(?<quote>KRW|BTC|USDT)-(?<base>[A-Z0-9]+)')],
  'bitfinex-derivatives': [rule('perpetual', '(?<base>[A-Z0-9]+)F0-(?<quote>[A-Z]+)F0')],
  'woo-x': [rule('spot', `SPOT_${BASE}_${QUOTE}`), rule('perpetual', `PERP_${BASE}_${QUOTE}`)],
}
