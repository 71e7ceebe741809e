import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DAY_MS, dayStartMs, isDay } from '../../market/days.ts'
import { datasetSymbol } from '../../market/symbols.ts'
import { packed } from './pack.ts'
import { SAMPLE_SYMBOLS, SAMPLE_VENUES, type SampleSymbol } from './sample/catalogue.ts'
import { sampleText, stepsFor } from './sample/dataset.ts'
import { instrumentsText } from './sample/instruments.ts'
import type { ServedFile, TardisSource } from './source.ts'

export interface SampleOptions {
  /** Each seed makes another market; 1 by default. */
  readonly seed?: number
  /** Some of the sample venues; all of them by default. */
  readonly venues?: readonly string[]
  /** UTC days, `YYYY-MM-DD`; every day from the first to the last has data. */
  readonly dates: readonly string[]
  /** About how many rows the longest file of a day has, the book of a busy perpetual; 100,000 by default. */
  readonly rowsPerFile?: number
  /** A folder that keeps generated files between runs; by default memory keeps them, a tenth of a byte per byte of text. */
  readonly cacheDir?: string
}

const LONGEST = 'incremental_book_L2'

/** The fastest level, because the files stay on this machine. */
const LEVEL = 1

/**
 * Generated market data of all nine data types in the vendor's format. Each file is generated when it is first requested,
 * always with the same bytes, and in pieces, so that it does not block the process.
 */
export function sampleSource(options: SampleOptions): TardisSource {
  const { seed = 1, rowsPerFile = 100_000, cacheDir } = options
  const { sinceMs, untilMs } = period(options.dates)
  const venues = options.venues ?? SAMPLE_VENUES
  const steps = stepsFor(LONGEST, SAMPLE_SYMBOLS[0]!.instrument, rowsPerFile)
  const made = new Map<string, Promise<ServedFile>>()
  const symbolsOf = (venue: string) => SAMPLE_SYMBOLS.filter(({ instrument }) => instrument.venue === venue)

  const make = (sample: SampleSymbol, dataType: string, date: string): Promise<ServedFile> => {
    const { instrument, empty } = sample
    const text = () => {
      if (empty?.[dataType] === 'nothing') return []
      const length = empty?.[dataType] === 'header only' ? { rows: 0 } : { steps }
      return sampleText({ instrument, dataType, date, seed, length })
    }
    // The time of its day, so that it does not depend on when the file is generated.
    const lastModified = new Date(dayStartMs(date) + DAY_MS + 6 * 3_600_000)
    if (cacheDir === undefined) return keepInMemory(text(), lastModified)
    const name = [`v1-s${seed}-n${steps}`, instrument.venue, dataType, date, instrument.symbol].join('_')
    return keepInFolder(text, cacheDir, `${name}.csv.gz`, lastModified)
  }
  return {
    isGenerated: true,
    venues: async () => venues,
    async exchange(venue) {
      return venues.includes(venue)
        ? JSON.stringify(details(venue, symbolsOf(venue), sinceMs, untilMs), null, 2)
        : undefined
    },
    async instruments(venue) {
      return venues.includes(venue) ? instrumentsText(symbolsOf(venue), sinceMs) : undefined
    },
    async dataset({ venue, dataType, date, symbol }) {
      if (!isDay(date)) return undefined
      const startMs = dayStartMs(date)
      const sample = symbolsOf(venue).find(({ instrument }) => datasetSymbol(instrument.symbol) === symbol)
      if (!venues.includes(venue) || !(startMs >= sinceMs && startMs < untilMs)) return undefined
      if (!sample?.dataTypes.includes(dataType) || sample.isGone) return undefined
      const key = [venue, dataType, date, symbol].join('/')
      const file = made.get(key) ?? make(sample, dataType, date)
      made.set(key, file)
      file.catch(() => made.delete(key))
      return file
    },
  }
}

async function keepInMemory(text: Iterable<Uint8Array>, lastModified: Date): Promise<ServedFile> {
  const chunks: Buffer[] = []
  await pipeline(packed(text, LEVEL), async source => {
    for await (const chunk of source) chunks.push(chunk)
  })
  const file = Buffer.concat(chunks)
  const md5Hex = createHash('md5').update(file).digest('hex')
  return { bytes: file.length, md5Hex, lastModified, stream: () => Readable.from([file]) }
}

/** Two processes can generate the same file at once: each writes a file of its own, and the last one renames it. */
async function keepInFolder(
  text: () => Iterable<Uint8Array>,
  folder: string,
  name: string,
  lastModified: Date,
): Promise<ServedFile> {
  const path = join(folder, name)
  const known = await digestOf(path)
  if (!known) {
    await mkdir(folder, { recursive: true })
    const unfinished = `${path}.${process.pid}.unfinished`
    await pipeline(packed(text(), LEVEL), createWriteStream(unfinished))
    await rename(unfinished, path)
  }
  const facts = known ?? (await digestOf(path))
  if (!facts) throw new Error(`${path} was made, but is gone`)
  return { ...facts, lastModified, stream: () => createReadStream(path, { highWaterMark: 1 << 18 }) }
}

async function digestOf(path: string): Promise<{ bytes: number; md5Hex: string } | undefined> {
  const hash = createHash('md5')
  let bytes = 0
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk)
      bytes += chunk.length
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  return { bytes, md5Hex: hash.digest('hex') }
}

function period(dates: readonly string[]): { sinceMs: number; untilMs: number } {
  if (dates.length === 0 || !dates.every(isDay))
    throw new RangeError(`dates of sample data: [${dates.join()}], expected at least one as YYYY-MM-DD`)
  const times = dates.map(dayStartMs)
  return { sinceMs: Math.min(...times), untilMs: Math.max(...times) + DAY_MS }
}

function details(venue: string, samples: readonly SampleSymbol[], sinceMs: number, untilMs: number) {
  const iso = (ms: number) => new Date(ms).toISOString()
  const availability = ({ isGone }: SampleSymbol) =>
    isGone
      ? { availableSince: iso(sinceMs - 100 * DAY_MS), availableTo: iso(sinceMs) }
      : { availableSince: iso(sinceMs) }
  const symbols = samples.map(sample => {
    const { symbol: id, type } = sample.instrument
    return { id, type, ...availability(sample), dataTypes: [...sample.dataTypes].sort() }
  })
  return {
    id: venue,
    name: `Generated sample data in the shape of ${venue}: no real market`,
    enabled: true,
    availableSince: iso(sinceMs),
    availableChannels: [],
    availableSymbols: symbols.map(({ dataTypes: _, ...symbol }) => symbol),
    incidentReports: [],
    channelDetails: [],
    datasets: { formats: ['csv'], exportedFrom: iso(sinceMs), exportedUntil: iso(untilMs), symbols },
  }
}
