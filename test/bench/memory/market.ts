import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { SAMPLE_SYMBOLS } from '../../../functions/emulators/tardis/sample/catalogue.ts'
import { sampleText } from '../../../functions/emulators/tardis/sample/dataset.ts'
import type { ServedFile, TardisSource } from '../../../functions/emulators/tardis/source.ts'

export const VENUE = 'binance-futures'
export const DATE = '2024-08-08'
const CACHE = join(tmpdir(), 'tick-handler-bench-memory')

/** A dataset of any length made of one part, for a gzip file may have many members and a day any number of rows. */
export interface RepeatedDataset {
  readonly bytes: number
  readonly textBytes: number
  readonly rows: number
  stream(): Readable
}

interface Part {
  readonly header: Buffer
  readonly rows: Buffer
  readonly rowCount: number
  readonly rowsTextBytes: number
  readonly headerTextBytes: number
}

/** At least `textBytes` of CSV: the rows of a file of about `partBytes` over and over. Memory: the part, compressed. */
export async function repeatedDataset(
  dataType: string,
  textBytes: number,
  partBytes = Math.min(textBytes, 100_000_000),
): Promise<RepeatedDataset> {
  const part = await partOf(dataType, partBytes)
  const times = Math.max(1, Math.round((textBytes - part.headerTextBytes) / part.rowsTextBytes))
  return {
    bytes: part.header.length + times * part.rows.length,
    textBytes: part.headerTextBytes + times * part.rowsTextBytes,
    rows: times * part.rowCount,
    stream: () => Readable.from(membersOf(part, times), { objectMode: false }),
  }
}

function* membersOf({ header, rows }: Part, times: number): Generator<Buffer> {
  yield header
  for (let i = 0; i < times; i++)
    for (let at = 0; at < rows.length; at += 1 << 18) yield rows.subarray(at, at + (1 << 18))
}

const parts = new Map<string, Promise<Part>>()

function partOf(dataType: string, partBytes: number): Promise<Part> {
  const key = `v1-${dataType}-${partBytes}`
  const found = parts.get(key) ?? readOrMake(dataType, partBytes, join(CACHE, key))
  parts.set(key, found)
  return found
}

async function readOrMake(dataType: string, partBytes: number, path: string): Promise<Part> {
  if (existsSync(`${path}.json`)) {
    const facts = JSON.parse(await readFile(`${path}.json`, 'utf8'))
    return { ...facts, header: gzipSync(facts.headerText), rows: await readFile(`${path}.gz`) }
  }
  const { header, rows, rowCount } = textOf(dataType, partBytes)
  const facts = {
    headerText: header.toString(),
    rowCount,
    rowsTextBytes: rows.length,
    headerTextBytes: header.length,
  }
  const packed = gzipSync(rows, { level: 6 })
  await mkdir(CACHE, { recursive: true })
  await writeFile(`${path}.gz`, packed)
  await writeFile(`${path}.json.new`, JSON.stringify(facts))
  await rename(`${path}.json.new`, `${path}.json`)
  return { ...facts, header: gzipSync(header), rows: packed }
}

function textOf(dataType: string, partBytes: number): { header: Buffer; rows: Buffer; rowCount: number } {
  const like = SAMPLE_SYMBOLS.find(sample => sample.dataTypes.includes(dataType))!
  // More than fit: their times are spread over the day.
  const length = { rows: Math.ceil(partBytes / 60) }
  const pieces: Uint8Array[] = []
  let bytes = 0
  for (const piece of sampleText({ instrument: like.instrument, dataType, date: DATE, seed: 1, length })) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= partBytes) break
  }
  const text = Buffer.concat(pieces).subarray(0, partBytes)
  const whole = text.subarray(0, text.lastIndexOf(10) + 1)
  const headerEnd = whole.indexOf(10) + 1
  const rows = whole.subarray(headerEnd)
  let rowCount = 0
  for (let at = rows.indexOf(10); at >= 0; at = rows.indexOf(10, at + 1)) rowCount++
  return { header: whole.subarray(0, headerEnd), rows, rowCount }
}

/** A vendor with one venue, each of whose symbols has this one dataset on every day. */
export function marketOf(dataType: string, symbols: readonly string[], dataset: RepeatedDataset): TardisSource {
  const details = JSON.stringify({
    id: VENUE,
    name: 'Generated',
    enabled: true,
    availableSince: '2020-01-01T00:00:00.000Z',
    availableChannels: [],
    availableSymbols: [],
    incidentReports: [],
    channelDetails: [],
    datasets: {
      formats: ['csv'],
      exportedFrom: '2020-01-01T00:00:00.000Z',
      exportedUntil: '2030-01-01T00:00:00.000Z',
      symbols: symbols.map(id => ({
        id,
        type: 'perpetual',
        availableSince: '2020-01-01T00:00:00.000Z',
        dataTypes: [dataType],
      })),
    },
  })
  const known = new Set(symbols)
  return {
    venues: async () => [VENUE],
    exchange: async venue => (venue === VENUE ? details : undefined),
    async dataset(name): Promise<ServedFile | undefined> {
      if (name.venue !== VENUE || name.dataType !== dataType || !known.has(name.symbol)) return undefined
      return { bytes: dataset.bytes, md5Hex: '', lastModified: new Date(0), stream: () => dataset.stream() }
    },
  }
}

/** `SYM0001USDT` and so on. */
export function manySymbols(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `SYM${String(i).padStart(5, '0')}USDT`)
}
