/**
 * Breaks the converter's own time into its parts, in one thread and warm: the same reader, kernel and writer, with a clock
 * that is always on one of them. Without a file on a generated book.
 *
 *   npm run bench:parts -- [FILE.csv.gz …] [--runs 3] [--json]
 */
import { createHash } from 'node:crypto'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { DatasetReader, type RowGroup } from '../../functions/ticks/csv.ts'
import { createKernel, type Kernel } from '../../functions/ticks/kernel.ts'
import { LARGE, SMALL } from '../../functions/ticks/layout.ts'
import { ParquetWriter } from '../../functions/ticks/parquet/writer.ts'
import { QualityCollector } from '../../functions/ticks/quality.ts'
import { type Dataset, namedDatasets, sampleDatasets } from './datasets.ts'
import { wholeFlag } from './flags.ts'

const PARTS = {
  read: 'reading the file',
  sha256: 'SHA-256 of the source',
  inflate: 'inflating',
  crc: 'CRC-32 of the text',
  parse: 'parsing',
  order: 'order and gaps of times',
  encode: 'encoding, statistics, dictionaries',
  compress: 'compressing, page headers and checksums',
  write: 'writing the file',
  other: 'all the rest',
} as const
type Part = keyof typeof PARTS

/** The kernel's functions that are not encoding. */
const KERNEL_PARTS: Readonly<Record<string, Part>> = {
  inflateReset: 'inflate',
  inflate: 'inflate',
  crc32Reset: 'crc',
  crc32Update: 'crc',
  crc32Value: 'crc',
  parseRows: 'parse',
  setColumns: 'parse',
  scanOrder: 'order',
}

const READ_BYTES = 256 << 10

/** Every moment counts for one part: the one begun last and not yet ended. */
class Clock {
  readonly ms = Object.fromEntries(Object.keys(PARTS).map(part => [part, 0])) as Record<Part, number>
  private part: Part = 'other'
  private since = performance.now()

  /** Counts for another part from now on; returns the one before. */
  turn(to: Part): Part {
    const [now, before] = [performance.now(), this.part]
    this.ms[before] += now - this.since
    this.since = now
    this.part = to
    return before
  }

  during<T>(part: Part, work: () => T): T {
    const before = this.turn(part)
    try {
      return work()
    } finally {
      this.turn(before)
    }
  }

  async until<T>(part: Part, work: () => Promise<T>): Promise<T> {
    const before = this.turn(part)
    try {
      return await work()
    } finally {
      this.turn(before)
    }
  }
}

/** The same kernel, each of whose functions turns the clock. */
function timedKernel(kernel: Kernel, clock: Clock): Kernel {
  const members = Object.entries(kernel).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function') return [name, member]
    const part = KERNEL_PARTS[name] ?? 'encode'
    return [name, (...args: unknown[]) => clock.during(part, () => member(...args))]
  })
  return Object.fromEntries(members) as Kernel
}

async function convertTimed(kernel: Kernel, dataset: Dataset, source: FileHandle, target: FileHandle) {
  const clock = new Clock()
  const timed = timedKernel(kernel, clock)
  const reader = new DatasetReader(timed, dataset.dataType, process.env.MEMORY_EFFICIENT === 'false' ? LARGE : SMALL)
  const sink = { write: (chunk: Uint8Array) => clock.until('write', async () => void (await target.write(chunk))) }
  const writer = new ParquetWriter(timed, sink)
  const order = new QualityCollector(kernel, dataset.dataType)
  const sha256 = createHash('sha256')
  const take = async (groups: Iterable<RowGroup>) => {
    for (const group of groups) {
      const sorted = clock.during('order', () => order.add(group))
      await clock.until('compress', () => writer.write(group.layout, group.rows, sorted))
    }
  }
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  const fill = () => clock.until('read', () => source.read(buffer, 0, READ_BYTES, null))
  for (let { bytesRead } = await fill(); bytesRead > 0; { bytesRead } = await fill()) {
    const chunk = buffer.subarray(0, bytesRead)
    clock.during('sha256', () => sha256.update(chunk))
    await take(reader.push(chunk))
  }
  await take(reader.end())
  await clock.until('compress', () => writer.finish(reader.columns, {}))
  if (reader.rows !== dataset.rows) throw new Error(`found ${reader.rows} rows, expected ${dataset.rows}`)
  clock.turn('other')
  return clock.ms
}

function sum(ms: Record<Part, number>): number {
  return Object.values(ms).reduce((total, part) => total + part, 0)
}

/** The run in the middle, by its whole time, after one that only warms up. */
async function measure(kernel: Kernel, dataset: Dataset, out: string, runCount: number): Promise<Record<Part, number>> {
  const runs: Record<Part, number>[] = []
  for (let run = 0; run <= runCount; run++) {
    await using source = await open(dataset.path)
    await using target = await open(out, 'w')
    runs.push(await convertTimed(kernel, dataset, source, target))
  }
  return runs.slice(1).sort((a, b) => sum(a) - sum(b))[runCount >> 1]!
}

function print(dataset: Dataset, ms: Record<Part, number>): void {
  const total = sum(ms)
  console.log(
    `${dataset.dataType}: ${basename(dataset.path)}, ${dataset.rows.toLocaleString('en')} rows, one thread, ${(dataset.textBytes / 1e3 / total).toFixed(0)} MB/s of CSV`,
  )
  const line = (name: string, time: number) =>
    console.log(`${name.padEnd(42)}${time.toFixed(0).padStart(8)} ms${((time / total) * 100).toFixed(1).padStart(8)} %`)
  for (const [part, name] of Object.entries(PARTS)) line(name, ms[part as Part])
  line('in all', total)
  console.log()
}

const { values: flags, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const runCount = wholeFlag('runs', flags.runs)

const folder = await mkdtemp(join(tmpdir(), 'tick-handler-parts-'))
try {
  const datasets =
    positionals.length > 0 ? await namedDatasets(positionals) : await sampleDatasets(undefined, ['incremental_book_L2'])
  const kernel = createKernel()
  for (const dataset of datasets) {
    const ms = await measure(kernel, dataset, join(folder, 'out.parquet'), runCount)
    if (flags.json)
      console.log(JSON.stringify({ file: dataset.path, dataType: dataset.dataType, rows: dataset.rows, ms }))
    else print(dataset, ms)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
