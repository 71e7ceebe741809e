import { z } from 'zod'
import { datasetSymbol } from '../market/symbols.ts'
import { VendorError } from './error.ts'
import { type JsonMember, JsonMemberScanner, JsonTextError } from './json-members.ts'
import { parseMember } from './parse-member.ts'

const optional = <T extends z.ZodType>(type: T) => type.nullish().transform(value => value ?? undefined)
const word = optional(z.string().min(1).max(100))
const time = z.string().refine(text => !Number.isNaN(Date.parse(text)), 'an ISO 8601 time')
const number = optional(z.number())

/** Values that were in force until a time: the ones that are left out did not change then. */
const changeSchema = z.object({
  until: time,
  priceIncrement: number,
  amountIncrement: number,
  contractMultiplier: number,
})

const schema = z.object({
  id: z.string().min(1).max(1_024),
  /** The instrument's name in datasets, where it differs. */
  datasetId: word,
  availableSince: optional(time),
  baseCurrency: word,
  quoteCurrency: word,
  settlementCurrency: word,
  expiry: optional(time),
  strikePrice: number,
  optionType: optional(z.enum(['call', 'put'])),
  contractMultiplier: number,
  priceIncrement: number,
  amountIncrement: number,
  changes: z
    .array(changeSchema)
    .max(1_000)
    .nullish()
    .transform(list => list ?? []),
})

/** What the vendor says of an instrument, as far as used: https://docs.tardis.dev/api/instruments-metadata-api */
export type InstrumentInfo = Omit<z.output<typeof schema>, 'datasetId' | 'availableSince'>

export interface WantedInstruments {
  readonly venue: string
  /** As datasets are named: the memory that an answer takes. */
  readonly symbols: ReadonlySet<string>
  /** Of a name that is listed twice, the last one that was there before this moment is taken. */
  readonly beforeMs: number
}

interface KnownInstruments {
  /** By the instruments' names in datasets. */
  readonly instruments: ReadonlyMap<string, InstrumentInfo>
  /** What is wrong with the first of those that cannot be read, which are left out. */
  readonly faults: readonly string[]
}

export type InstrumentsOutcome =
  | ({ readonly kind: 'known' } & KnownInstruments)
  /** The key may not read them, or the server does not have them. */
  | { readonly kind: 'not-readable'; readonly reason: string }

/** The largest venues list some hundred thousand instruments, most of them expired options, in about 100 MB. */
export const MAX_INSTRUMENTS_BYTES = 512 * 1024 * 1024

/**
 * Reads the wanted instruments from the vendor's list as it streams in. Throws a VendorError where the text is no list,
 * retryable where it ends early. Memory: the wanted instruments.
 */
export async function readInstruments(
  wanted: WantedInstruments,
  chunks: AsyncIterable<Uint8Array>,
  maxTextBytes = MAX_INSTRUMENTS_BYTES,
): Promise<KnownInstruments> {
  const collector = new Collector(wanted)
  const scanner = new JsonMemberScanner(['list[]'], member => collector.take(member))
  const unusable = (what: string, retryable: boolean, cause?: unknown) =>
    new VendorError(`instruments of ${wanted.venue}: ${what}`, { retryable, cause })
  try {
    let textBytes = 0
    // The scanner reads an object, and the vendor sends a list.
    scanner.push(Buffer.from('{"list":'))
    for await (const chunk of chunks) {
      textBytes += chunk.length
      if (textBytes > maxTextBytes) throw unusable(`more than ${maxTextBytes} bytes, which no venue has`, false)
      scanner.push(chunk)
    }
    // A list that is still open was cut off, which the bracket would hide.
    if (scanner.depth < 2) scanner.push(Buffer.from('}'))
    scanner.end()
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    throw unusable(error.message, !error.complete, error)
  }
  return collector
}

const MAX_FAULTS = 5

class Collector implements KnownInstruments {
  readonly instruments = new Map<string, InstrumentInfo>()
  readonly faults: string[] = []
  readonly #wanted: WantedInstruments
  readonly #sinceMs = new Map<string, number>()

  constructor(wanted: WantedInstruments) {
    this.#wanted = wanted
  }

  take(member: JsonMember): void {
    if (member.selector !== 'list[]') throw new JsonTextError('found no list, expected a list of instruments', true)
    const parsed = parseMember(schema, member)
    if ('value' in parsed) this.#keep(parsed.value)
    else if (this.faults.length < MAX_FAULTS) this.faults.push(parsed.fault)
  }

  #keep({ datasetId, availableSince, ...info }: z.output<typeof schema>): void {
    const name = datasetSymbol(datasetId ?? info.id)
    const sinceMs = availableSince === undefined ? Number.NEGATIVE_INFINITY : Date.parse(availableSince)
    const isOlder = sinceMs < (this.#sinceMs.get(name) ?? sinceMs)
    if (!this.#wanted.symbols.has(name) || sinceMs >= this.#wanted.beforeMs || isOlder) return
    this.#sinceMs.set(name, sinceMs)
    this.instruments.set(name, info)
  }
}
