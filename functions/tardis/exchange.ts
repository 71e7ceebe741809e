import { z } from 'zod'
import { VendorError } from './error.ts'
import { type JsonMember, JsonMemberScanner, JsonTextError } from './json-members.ts'

/** A time with its zone, or a plain date: what has no zone would be read in this machine's. */
const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/, 'an ISO 8601 time in UTC')
  .refine(text => !Number.isNaN(Date.parse(text)), 'an ISO 8601 time in UTC')

const optional = <T extends z.ZodType>(type: T) => type.nullish().transform(value => value ?? undefined)

const symbolSchema = z.object({
  id: z.string().min(1),
  type: z.string().default('unknown'),
  availableSince: time,
  availableTo: optional(time),
  dataTypes: z.array(z.string()),
})

const incidentSchema = z.object({
  from: time,
  to: optional(time),
  status: z.string().default('unknown'),
  details: z.string().default(''),
})

/** A symbol's datasets: `id` as the vendor writes it, available in [availableSince, availableTo), ISO 8601 in UTC. */
export type ExchangeSymbol = z.output<typeof symbolSchema>

/** A time in which the vendor knows its recording to have holes. Without `to` it is still going on. */
export type IncidentReport = z.output<typeof incidentSchema>

/** What the vendor says of a venue, https://docs.tardis.dev/api/http-api-reference#exchanges-exchange, as far as used. */
export interface ExchangeDetails {
  readonly venue: string
  readonly datasets: {
    readonly symbols: readonly ExchangeSymbol[]
    readonly exportedFrom?: string
    /** Days that end at this moment or before it are exported. */
    readonly exportedUntil: string
  }
  readonly incidentReports: readonly IncidentReport[]
}

/**
 * Reads exchange details as they stream in, keeping only what is used. What is added to the format is passed over; what
 * is not as expected throws a VendorError that names venue, field, what was found and what was expected. It is retryable
 * only where the text ends early. Memory: the symbols, a million at most; a text that goes on without end is given up.
 */
export async function readExchange(venue: string, chunks: AsyncIterable<Uint8Array>): Promise<ExchangeDetails> {
  const found = createCollector(venue)
  const scanner = new JsonMemberScanner(found.selectors, found.take)
  try {
    let textBytes = 0
    for await (const chunk of chunks) {
      textBytes += chunk.length
      if (textBytes > MOST_TEXT_BYTES) throw tooLong(venue, `more than ${MOST_TEXT_BYTES} bytes`)
      scanner.push(chunk)
    }
    scanner.end()
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    throw new VendorError(`exchange details of ${venue}: ${error.message}`, {
      retryable: !error.complete,
      cause: error,
    })
  }
  return found.details()
}

/** The largest venues list some hundred thousand symbols in tens of megabytes. */
const MOST_TEXT_BYTES = 256 * 1024 * 1024
const MOST_SYMBOLS = 1_000_000
const MOST_INCIDENTS = 100_000

function tooLong(venue: string, what: string): VendorError {
  return new VendorError(`exchange details of ${venue}: ${what}, which no venue has`, { retryable: false })
}

function createCollector(venue: string) {
  const symbols: ExchangeSymbol[] = []
  const incidentReports: IncidentReport[] = []
  const seen = new Map<string, string>()
  const intern = createInterner()
  const exported = (member: JsonMember) => {
    seen.set(member.selector, check(venue, time, member))
  }
  const takers: Record<string, (member: JsonMember) => void> = {
    'datasets.exportedFrom': member => {
      if (member.value !== null) exported(member)
    },
    'datasets.exportedUntil': exported,
    'datasets.symbols[]': member => {
      if (symbols.length === MOST_SYMBOLS) throw tooLong(venue, `more than ${MOST_SYMBOLS} symbols`)
      symbols.push(intern(check(venue, symbolSchema, member)))
    },
    'incidentReports[]': member => {
      if (incidentReports.length === MOST_INCIDENTS)
        throw tooLong(venue, `more than ${MOST_INCIDENTS} incident reports`)
      incidentReports.push(check(venue, incidentSchema, member))
    },
  }
  const take = (member: JsonMember) => {
    const taker = takers[member.selector]
    if (taker) taker(member)
    else if (member.value !== null) check(venue, containers[member.selector] ?? z.never(), member)
  }
  const details = (): ExchangeDetails => {
    const exportedUntil = seen.get('datasets.exportedUntil')
    if (exportedUntil === undefined) throw missing(venue, 'datasets.exportedUntil', 'an ISO 8601 time in UTC')
    if (symbols.length === 0) throw missing(venue, 'datasets.symbols', 'a list of at least one symbol')
    const exportedFrom = seen.get('datasets.exportedFrom')
    const datasets = { symbols, exportedUntil, ...(exportedFrom !== undefined && { exportedFrom }) }
    return { venue, datasets, incidentReports }
  }
  return { selectors: Object.keys(takers), take, details }
}

/** What the members lie in; anything else there is reported by the name it has. */
const containers: Readonly<Record<string, z.ZodType>> = {
  datasets: z.record(z.string(), z.unknown()),
  'datasets.symbols': z.array(z.unknown()),
  incidentReports: z.array(z.unknown()),
}

/** Hundreds of thousands of symbols share a few times and lists of data types: each is kept once. */
function createInterner(): (symbol: ExchangeSymbol) => ExchangeSymbol {
  const texts = new Map<string, string>()
  const lists = new Map<string, string[]>()
  const once = <K, V>(map: Map<K, V>, key: K, value: V): V => {
    const known = map.get(key)
    if (known === undefined) map.set(key, value)
    return known ?? value
  }
  const text = (value: string) => once(texts, value, value)
  return ({ id, type, availableSince, availableTo, dataTypes }) => ({
    id,
    type: text(type),
    availableSince: text(availableSince),
    availableTo: availableTo === undefined ? undefined : text(availableTo),
    dataTypes: once(lists, dataTypes.join(), dataTypes),
  })
}

function check<T extends z.ZodType>(venue: string, type: T, { place, value }: JsonMember): z.output<T> {
  const result = type.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const field = issue.path.reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : `${path}.${String(key)}`),
    place,
  )
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)
  throw new VendorError(`exchange details of ${venue}: ${field} is ${shown(found)}, expected ${expectedBy(issue)}`, {
    retryable: false,
    cause: result.error,
  })
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
  if (issue.code === 'too_small') return 'a text that is not empty'
  return issue.message
}

function missing(venue: string, field: string, expected: string): VendorError {
  return new VendorError(`exchange details of ${venue}: ${field} is missing, expected ${expected}`, {
    retryable: false,
  })
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
