import { z } from 'zod'
import { VendorError } from './error.ts'
import { type JsonMember, JsonMemberScanner, JsonTextError, MAX_MEMBER_BYTES } from './json-members.ts'
import { parseMember } from './parse-member.ts'

/** A time with its zone, or a plain date. A time without a zone would be read in the zone of this machine. */
const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/, 'an ISO 8601 time in UTC')
  .refine(text => !Number.isNaN(Date.parse(text)), 'an ISO 8601 time in UTC')

const optional = <T extends z.ZodType>(type: T) => type.nullish().transform(value => value ?? undefined)

/** Longer than any name of the vendor's, and short enough that a million of them fit into memory. */
const text = z.string().max(1_024, 'a text of at most 1024 characters')

const symbolSchema = z.object({
  id: text.min(1),
  type: text.default('unknown'),
  availableSince: time,
  availableTo: optional(time),
  dataTypes: z.array(text).max(1_000, 'at most 1000 data types'),
})

const incidentSchema = z.object({
  from: time,
  to: optional(time),
  status: text.default('unknown'),
  details: z.string().default(''),
})

/** A symbol's datasets: `id` as the vendor writes it, available in [availableSince, availableTo), ISO 8601 in UTC. */
export type ExchangeSymbol = z.output<typeof symbolSchema>

/** A time in which the vendor's recording has gaps. Without `to` it has not ended. */
export type IncidentReport = z.output<typeof incidentSchema>

/** What the vendor says of a venue, https://docs.tardis.dev/api/http-api-reference#exchanges-exchange, as far as used. */
export interface ExchangeDetails {
  readonly venue: string
  readonly datasets: {
    readonly symbols: readonly ExchangeSymbol[]
    /** Days that end at this moment or before it are exported. */
    readonly exportedUntil: string
  }
  readonly incidentReports: readonly IncidentReport[]
  /** What could not be read; absent if everything could. */
  readonly skipped?: SkippedEntries
}

/** Symbols and incidents that cannot be read. They are left out, so that the others can be used. */
export interface SkippedEntries {
  readonly count: number
  /** The first ones: where each is, what was found there, and what was expected. */
  readonly examples: readonly string[]
}

const SELECTORS = ['datasets.exportedUntil', 'datasets.symbols[]', 'incidentReports[]']

const MAX_EXAMPLES = 5
/** More than any venue has. */
export interface ExchangeLimits {
  readonly maxTextBytes: number
  /** Of the text of one symbol or incident. */
  readonly maxMemberBytes: number
  readonly maxSymbols: number
  readonly maxIncidents: number
}

/** The largest venues list some hundred thousand symbols in tens of megabytes. */
export const EXCHANGE_LIMITS: ExchangeLimits = {
  maxTextBytes: 256 * 1024 * 1024,
  maxMemberBytes: MAX_MEMBER_BYTES,
  maxSymbols: 1_000_000,
  maxIncidents: 100_000,
}

/**
 * Reads exchange details as they stream in, and keeps only what is used. Ignores members that are new in the format, and
 * skips single symbols and incidents that cannot be read. Throws a VendorError that names venue, field, what was found and
 * what was expected where nothing can be done without the field. The error is retryable only where the text ends early.
 * Memory: the symbols, by default at most a million of them.
 */
export async function readExchange(
  venue: string,
  chunks: AsyncIterable<Uint8Array>,
  limits = EXCHANGE_LIMITS,
): Promise<ExchangeDetails> {
  const collector = new Collector(venue, limits)
  const scanner = new JsonMemberScanner(SELECTORS, member => collector.take(member), limits.maxMemberBytes)
  try {
    let textBytes = 0
    for await (const chunk of chunks) {
      textBytes += chunk.length
      if (textBytes > limits.maxTextBytes) throw tooMuch(venue, `${limits.maxTextBytes} bytes`)
      scanner.push(chunk)
    }
    scanner.end()
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    throw unusable(venue, error.message, { retryable: !error.complete, cause: error })
  }
  return collector.details()
}

function unusable(
  venue: string,
  what: string,
  { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {},
) {
  return new VendorError(`exchange details of ${venue}: ${what}`, { retryable, cause })
}

function tooMuch(venue: string, what: string): VendorError {
  return unusable(venue, `more than ${what}, which no venue has`)
}

/** Takes what is used from the members of the document as they come. */
class Collector {
  readonly #venue: string
  readonly #limits: ExchangeLimits
  readonly #symbols: ExchangeSymbol[] = []
  readonly #incidentReports: IncidentReport[] = []
  readonly #skipped: { count: number; examples: string[] } = { count: 0, examples: [] }
  readonly #intern = createInterner()
  #exportedUntil: string | undefined

  constructor(venue: string, limits: ExchangeLimits) {
    this.#venue = venue
    this.#limits = limits
  }

  take(member: JsonMember): void {
    switch (member.selector) {
      case 'datasets.exportedUntil':
        this.#exportedUntil = this.#required(time, member)
        break
      case 'datasets.symbols[]':
        this.#takeSymbol(member)
        break
      case 'incidentReports[]':
        this.#takeIncident(member)
        break
      // The scanner also gives what is not the container that a selector leads into.
      case 'datasets':
        this.#required(z.record(z.string(), z.unknown()).nullable(), member)
        break
      case 'datasets.symbols':
        this.#required(z.array(z.unknown()).nullable(), member)
        break
      case 'incidentReports':
        this.#entry(z.array(z.unknown()).nullable(), member)
    }
  }

  details(): ExchangeDetails {
    const [venue, symbols, exportedUntil] = [this.#venue, this.#symbols, this.#exportedUntil]
    if (exportedUntil === undefined) throw this.#missing('datasets.exportedUntil', 'an ISO 8601 time in UTC')
    if (symbols.length === 0) throw this.#missing('datasets.symbols', 'a list of at least one symbol')
    const found = { venue, datasets: { symbols, exportedUntil }, incidentReports: this.#incidentReports }
    return this.#skipped.count === 0 ? found : { ...found, skipped: this.#skipped }
  }

  #takeSymbol(member: JsonMember): void {
    const symbol = this.#entry(symbolSchema, member)
    if (symbol) this.#symbols.push(this.#intern(symbol))
    const { maxSymbols } = this.#limits
    if (this.#symbols.length + this.#skipped.count > maxSymbols) throw tooMuch(this.#venue, `${maxSymbols} symbols`)
  }

  #takeIncident(member: JsonMember): void {
    const incident = this.#entry(incidentSchema, member)
    if (incident) this.#incidentReports.push(incident)
    const { maxIncidents } = this.#limits
    if (this.#incidentReports.length > maxIncidents) throw tooMuch(this.#venue, `${maxIncidents} incident reports`)
  }

  /** @throws VendorError where it cannot be read */
  #required<T extends z.ZodType>(type: T, member: JsonMember): z.output<T> {
    const parsed = parseMember(type, member)
    if ('fault' in parsed) throw unusable(this.#venue, parsed.fault)
    return parsed.value
  }

  /** Undefined where it cannot be read and is skipped. */
  #entry<T extends z.ZodType>(type: T, member: JsonMember): z.output<T> | undefined {
    const parsed = parseMember(type, member)
    if (!('fault' in parsed)) return parsed.value
    this.#skipped.count += 1
    if (this.#skipped.examples.length < MAX_EXAMPLES) this.#skipped.examples.push(parsed.fault)
    return undefined
  }

  #missing(field: string, expected: string): VendorError {
    const { count, examples } = this.#skipped
    const because = examples[0] === undefined ? '' : `; skipped ${count} entries: ${examples[0]}`
    return unusable(this.#venue, `${field} is missing, expected ${expected}${because}`)
  }
}

/** Keeps each text and list once, because hundreds of thousands of symbols share a few times and lists of data types. */
function createInterner(): (symbol: ExchangeSymbol) => ExchangeSymbol {
  const texts = new Map<string, string>()
  const lists = new Map<string, string[]>()
  const once = <K, V>(map: Map<K, V>, key: K, value: V): V => {
    const known = map.get(key)
    if (known === undefined) map.set(key, value)
    return known ?? value
  }
  const shared = (value: string) => once(texts, value, value)
  return ({ id, type, availableSince, availableTo, dataTypes }) => ({
    id,
    type: shared(type),
    availableSince: shared(availableSince),
    availableTo: availableTo === undefined ? undefined : shared(availableTo),
    dataTypes: once(lists, JSON.stringify(dataTypes), dataTypes),
  })
}
