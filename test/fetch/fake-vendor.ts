import { createHash } from 'node:crypto'
import type { ItemName } from '../../functions/market/items.ts'
import type { Services } from '../../functions/services.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import type { ExchangeDetails } from '../../functions/tardis/exchange.ts'
import type { InstrumentsOutcome } from '../../functions/tardis/instruments.ts'
import type { CallOptions, DatasetOutcome, ExchangeOutcome } from '../../functions/tardis/outcomes.ts'
import { datasetPath } from '../../functions/tardis/path.ts'
import type { Vendor } from '../../functions/tardis/vendor.ts'
import type { ConvertOptions, Sink } from '../../functions/ticks/convert.ts'
import { DamagedSourceError, MalformedDataError } from '../../functions/ticks/errors.ts'
import { tinyParquet } from './tiny-parquet.ts'

/** What one request for a dataset meets: its text, or a fault. */
export type Answer = string | 'MISSING' | 'FORBIDDEN' | 'BREAKS' | 'SHORT' | 'MALFORMED' | 'DOWN' | 'REFUSED' | 'STALLS'

/** A vendor whose datasets are plain text: a line is a row. Counts what it is asked, and what is left open. */
export class FakeVendor implements Vendor {
  /** By data type and symbol; a list is for one request after the other, the last one for all that follow. */
  readonly answers = new Map<string, Answer[]>()
  readonly opened: string[] = []
  openBodies = 0
  details: ExchangeDetails = detailsOf({ BTCUSDT: ['trades'] })
  /** The list of instruments. */
  listed: InstrumentsOutcome = { kind: 'not-readable', reason: 'answered 401' }
  /** Called as a dataset is opened. */
  onOpen: (key: string) => void | Promise<void> = () => {}

  answer(key: string, ...answers: Answer[]): this {
    this.answers.set(key, answers)
    return this
  }

  async exchange(venue: string): Promise<ExchangeOutcome> {
    if (venue !== this.details.venue) return { kind: 'unknown', detail: 'no such exchange' }
    return { kind: 'known', details: this.details }
  }

  async instruments(): Promise<InstrumentsOutcome> {
    return this.listed
  }

  async keyAccess() {
    return undefined
  }

  async venues() {
    return [this.details.venue]
  }

  async openDataset(name: ItemName, { deadline }: CallOptions): Promise<DatasetOutcome> {
    const key = `${name.dataType}/${name.symbol}`
    this.opened.push(key)
    await this.onOpen(key)
    const answers = this.answers.get(key) ?? ['row']
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!
    if (answer === 'MISSING') return { kind: 'missing', detail: `no ${datasetPath(name)}` }
    if (answer === 'FORBIDDEN') return { kind: 'forbidden', status: 403, reason: 'no access' }
    if (answer === 'DOWN') throw new VendorError('answered 503', { retryable: true, status: 503 })
    if (answer === 'REFUSED') throw new VendorError('answered 418', { retryable: false, status: 418 })
    return this.#body(answer, deadline.signal)
  }

  #body(answer: string, signal: AbortSignal): DatasetOutcome {
    const bytes = Buffer.from(answer)
    let open = true
    this.openBodies += 1
    const cancel = () => {
      if (open) this.openBodies -= 1
      open = false
    }
    async function* body() {
      try {
        yield bytes
        if (answer === 'BREAKS') throw new VendorError('the connection was reset', { retryable: true })
        if (answer === 'STALLS') await aborted(signal)
      } finally {
        cancel()
      }
    }
    const contentLength = bytes.length + (answer === 'SHORT' ? 1 : 0)
    return { kind: 'open', contentLength, body: body(), cancel }
  }

  async close() {}
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

/** Exchange details with these symbols' data types; exported up to the end of 2024-08-09. */
export function detailsOf(symbols: Readonly<Record<string, readonly string[]>>, venue = 'binance'): ExchangeDetails {
  return {
    venue,
    datasets: {
      exportedUntil: '2024-08-10T00:00:00.000Z',
      symbols: Object.entries(symbols).map(([id, dataTypes]) => ({
        id,
        type: 'spot',
        availableSince: '2020-01-01T00:00:00.000Z',
        availableTo: undefined,
        dataTypes: [...dataTypes],
      })),
    },
    incidentReports: [],
  }
}

/** Stands in for the converter: a text's lines are rows, one of them `MALFORMED` breaks the format. */
export const fakeConvert: Services['convert'] = (source, sink, options) => convertAs(undefined, source, sink, options)

/** The same, as another release's converter: its files say `createdBy`. */
export function fakeConvertOf(createdBy: string): Services['convert'] {
  return (source, sink, options) => convertAs(createdBy, source, sink, options)
}

async function convertAs(
  createdBy: string | undefined,
  source: AsyncIterable<Uint8Array>,
  sink: Sink,
  options: ConvertOptions,
) {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  const data = Buffer.concat(chunks)
  if (data.length !== options.expectedBytes) throw new DamagedSourceError(`found ${data.length} bytes`)
  const text = data.toString()
  if (text.includes('MALFORMED')) throw new MalformedDataError('line 2: a bad number', { line: 2 })
  const rows = text === '' ? 0 : text.split('\n').length
  const summary = {
    rows,
    sourceBytes: data.length,
    sourceSha256: createHash('sha256').update(data).digest('hex'),
    textBytes: data.length,
    ...(rows > 0 && { firstTimestampMicros: 1n, lastTimestampMicros: BigInt(rows) }),
    quality: { rowsOutOfOrder: 0, largestGapMicros: 0n },
  }
  options.onProgress?.(summary)
  const file = tinyParquet(data, rows, options.metadata(summary), createdBy)
  for (let at = 0; at < file.length; at += 16) await sink.write(file.subarray(at, at + 16))
  return { ...summary, parquetBytes: file.length }
}
