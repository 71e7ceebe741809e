import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { foldManifest } from '../../functions/aggregate/manifest.ts'
import { encodeDocument } from '../../functions/ledger/document.ts'
import type { Incident } from '../../functions/ledger/fields.ts'
import { type Manifest, manifest } from '../../functions/ledger/manifest.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import type { Quality } from '../../functions/ledger/quality.ts'
import { type ItemResult, type Receipt, receipt } from '../../functions/ledger/receipt.ts'
import { addDays, dayStartMs } from '../../functions/market/days.ts'
import { type Item, itemKey } from '../../functions/market/items.ts'
import { dataObjectName, manifestName, receiptName } from '../../functions/storage/names.ts'
import { randomFrom } from './random.ts'

/** An archive that nobody downloaded: receipts are generated, and the fold makes the manifests of them. */
export interface Archive {
  readonly venues: number
  readonly days: number
  readonly firstDate: string
  /** Per venue and data type; options have ten times as many. */
  readonly symbols: number
  readonly seed: number
}

/** The archive that `status` and `report` must be able to show. */
export const YEAR_OF_FORTY: Archive = { venues: 40, days: 365, firstDate: '2024-01-01', symbols: 4, seed: 1 }

const PREFIX = 'ticks'
const PLAN_ID = 'abcd1234'
const DATA_TYPES = ['book_snapshot_5', 'derivative_ticker', 'liquidations', 'trades'] as const
const VENUES = ['binance', 'binance-futures', 'bitmex', 'bybit', 'coinbase', 'deribit', 'kraken', 'okex', 'okex-swap']

/** One venue-day's documents. */
export interface ArchivedDay {
  readonly receipt: Receipt
  readonly manifest: Manifest
}

/** The same archive gives the same documents. */
export function* archivedDays(archive: Archive): Generator<ArchivedDay> {
  for (let venue = 0; venue < archive.venues; venue += 1)
    for (let day = 0; day < archive.days; day += 1) if (!isAbsent(venue, day)) yield archivedDay(archive, venue, day)
}

/** Writes an archive's manifests and receipts into a folder as `download --data-dir` does; without the data itself. */
export async function writeArchive(folder: string, archive: Archive): Promise<void> {
  for (const { receipt: made, manifest: folded } of archivedDays(archive)) {
    const receiptPath = receiptName(PREFIX, made, made.plan, made.index)
    const manifestPath = manifestName(PREFIX, folded)
    await mkdir(dirname(join(folder, receiptPath)), { recursive: true })
    await writeFile(join(folder, receiptPath), encodeDocument(receipt, receiptPath, made))
    await writeFile(join(folder, manifestPath), encodeDocument(manifest, manifestPath, folded))
  }
}

/** Some venues lack ten days, for which nobody has asked. */
function isAbsent(venue: number, day: number): boolean {
  return venue % 13 === 5 && day >= 200 && day < 210
}

function archivedDay(archive: Archive, at: number, day: number): ArchivedDay {
  const random = randomFrom(archive.seed * 1_000_003 + at * 1009 + day)
  const venue = nameOf(at)
  const date = addDays(archive.firstDate, day)
  const incidents = random(60) === 0 ? [incidentOf(date, random)] : []
  const context: DayContext = {
    venue,
    date,
    incidents,
    random,
    size: 1 + (at % 7),
    isBad: Math.floor(day / 14) === (at * 7) % 53,
    busy: 1 + Math.sin(day / 29 + at) / 2,
  }
  const items = itemsOf(archive, at)
  const results = items.map(item => resultOf(item, context))
  const plan: Plan = {
    ...{ schemaVersion: 1, venue, date, plan: PLAN_ID, status: day >= archive.days - 1 ? 'pending' : 'planned' },
    scope: Object.fromEntries(items.map(({ dataType }) => [dataType, 'all' as const])),
    ...{ batches: [{ plan: PLAN_ID, index: 0, items }], unlisted: [], incidents },
  }
  const made = receiptOf(plan, results, random)
  return { receipt: made, manifest: foldManifest(plan, [made]) }
}

function nameOf(at: number): string {
  const name = VENUES[at % VENUES.length]!
  return at < VENUES.length ? name : `${name}-${Math.floor(at / VENUES.length) + 1}`
}

function itemsOf({ symbols }: Archive, venue: number): Item[] {
  const types = venue % 3 === 0 ? DATA_TYPES : DATA_TYPES.filter(dataType => dataType !== 'liquidations')
  return types
    .flatMap(dataType => Array.from({ length: symbols }, (_, at) => ({ dataType, symbol: `COIN${at}USDT` })))
    .sort((a, b) => (itemKey(a) < itemKey(b) ? -1 : 1))
}

interface DayContext {
  readonly venue: string
  readonly date: string
  readonly incidents: readonly Incident[]
  readonly random: (below: number) => number
  readonly size: number
  readonly busy: number
  /** A bad fortnight of the venue. */
  readonly isBad: boolean
}

function incidentOf(date: string, random: (below: number) => number): Incident {
  const hour = random(20)
  const time = (at: number) => `${date}T${String(at).padStart(2, '0')}:30:00.000Z`
  return { from: time(hour), to: time(hour + 1 + random(3)), status: 'resolved', details: 'connection lost' }
}

function resultOf(item: Item, day: DayContext): ItemResult {
  const { random } = day
  if (random(4000) === 0)
    return { ...item, status: 'failed', error: 'line 7: found "abc", expected a number', retryable: false, seconds: 1 }
  if (random(5000) === 0) return { ...item, status: 'missing', error: 'answered 404', seconds: 0.1 }
  const isBook = item.dataType.startsWith('book')
  const rows = Math.round((isBook ? 400_000 : 40_000) * day.size * day.busy * (0.8 + random(400) / 1000))
  const dayMicros = dayStartMs(day.date) * 1000
  return {
    ...{ ...item, status: 'stored', seconds: 1 + random(5000) / 1000 },
    object: dataObjectName(PREFIX, { ...item, venue: day.venue, date: day.date }),
    ...{ generation: '1', crc32c: 'AAAAAA==', bytes: rows * 4, rows, converterVersion: 2 },
    firstTimestampMicros: String(dayMicros + 200_000),
    lastTimestampMicros: String(dayMicros + 86_399_000_000),
    ...{ sourceBytes: rows * 6, sourceSha256: 'a'.repeat(64), textBytes: rows * 80 },
    quality: qualityOf(rows, dayMicros, day),
  }
}

function qualityOf(rows: number, dayMicros: number, { incidents, random, busy, isBad }: DayContext): Quality {
  const [incident] = incidents
  const gaps = [{ startMicros: dayMicros + random(80_000) * 1_000_000, micros: (2 + random(50)) * 1_000_000 }]
  if (random(isBad ? 6 : 1200) === 0)
    gaps.unshift({ startMicros: dayMicros + random(70_000) * 1e6, micros: (300 + random(9000)) * 1e6 })
  if (incident)
    gaps.unshift({
      startMicros: Date.parse(incident.from) * 1000,
      micros: (Date.parse(incident.to!) - Date.parse(incident.from)) * 1000,
    })
  const texts = gaps.map(({ startMicros, micros }) => ({ startMicros: String(startMicros), micros: String(micros) }))
  const median = Math.round((2_000 + random(9_000)) * busy)
  return {
    ...{ rowsOutOfOrder: random(1500) === 0 ? 1 + random(50) : 0, version: 2, gaps: texts },
    ...{ largestGapMicros: texts[0]!.micros, largestGapStartMicros: texts[0]!.startMicros },
    latency: {
      minMicros: String(Math.round(median / 3)),
      medianMicros: String(median),
      p99Micros: String(median * (3 + random(30))),
      maxMicros: String(median * 200),
    },
    ...(random(2000) === 0 && { crossed: Math.round(rows / 50) }),
    ...(random(20) === 0 && { repeatedRows: random(100) }),
  }
}

function receiptOf(plan: Plan, results: ItemResult[], random: (below: number) => number): Receipt {
  const stored = results.filter(result => 'rows' in result)
  const sum = (field: 'sourceBytes' | 'textBytes' | 'rows') => stored.reduce((all, result) => all + result[field], 0)
  return {
    ...{ schemaVersion: 1, venue: plan.venue, date: plan.date, plan: PLAN_ID, index: 0, handedOn: 0, results },
    work: {
      ...{
        deliveries: 1,
        seconds: 5 + random(3000) / 1000,
        downloadedBytes: sum('sourceBytes'),
        textBytes: sum('textBytes'),
      },
      ...{ rows: sum('rows'), figures: { peakRssBytes: (180 + random(40)) * (1 << 20) } },
    },
  }
}
