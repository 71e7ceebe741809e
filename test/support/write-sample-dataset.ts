import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { packed } from '../../functions/emulators/tardis/pack.ts'
import { SAMPLE_SYMBOLS } from '../../functions/emulators/tardis/sample/catalogue.ts'
import { sampleText } from '../../functions/emulators/tardis/sample/dataset.ts'
import type { Instrument } from '../../functions/emulators/tardis/sample/instrument.ts'

interface SampleDataset {
  readonly dataType: string
  /** One of the sample venues. If it has no such symbol, a busy market of that name is generated. */
  readonly venue?: string
  readonly symbol: string
  readonly date: string
  /** The exact number of rows. */
  readonly rows: number
  readonly seed?: number
  /** The gzip level; 6 by default, as in the vendor's files. */
  readonly level?: number
}

/**
 * Writes one generated dataset of any length as a gzip file, always with the same bytes, and returns its length. Rows are
 * generated while earlier ones are compressed. Memory: a few mebibytes, whatever the length.
 */
export async function writeSampleDataset(
  dataset: SampleDataset,
  target: string | NodeJS.WritableStream,
): Promise<{ textBytes: number; gzipBytes: number }> {
  const { dataType, date, rows, seed = 1, level = 6 } = dataset
  let textBytes = 0
  let gzipBytes = 0
  const text = sampleText({ instrument: instrumentOf(dataset), dataType, date, seed, length: { rows } })
  const pieces = counted(text, bytes => {
    textBytes += bytes
  })
  const source = packed(pieces, level).on('data', (chunk: Uint8Array) => {
    gzipBytes += chunk.length
  })
  await pipeline(source, typeof target === 'string' ? createWriteStream(target) : target)
  return { textBytes, gzipBytes }
}

function* counted(pieces: Iterable<Uint8Array>, add: (bytes: number) => void): Generator<Uint8Array> {
  for (const piece of pieces) {
    add(piece.length)
    yield piece
  }
}

function instrumentOf({ dataType, venue, symbol }: SampleDataset): Instrument {
  const like = SAMPLE_SYMBOLS.filter(({ instrument, dataTypes }) => {
    return dataTypes.includes(dataType) && (venue === undefined || instrument.venue === venue)
  })
  const found = like.find(({ instrument }) => instrument.symbol === symbol) ?? like[0] ?? SAMPLE_SYMBOLS[0]!
  return { ...found.instrument, symbol }
}
