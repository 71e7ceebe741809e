import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { folderSource } from '../../functions/emulators/tardis/folder-source.ts'
import { sampleSource } from '../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { openLedger } from '../../functions/ledger/ledger.ts'
import type { SizeSum } from '../../functions/local/forecast/forecast.ts'
import { renderTable } from '../../functions/local/terminal/table.ts'
import { REQUESTABLE_DATA_TYPES } from '../../functions/market/names.ts'
import { readFolder } from '../../functions/storage/folder/folder-bucket.ts'
import { callMain } from '../local/cli/cli.ts'

/**
 * Estimates of `download --dry-run` against what the download then takes, by data type: `npm run bench:estimates`, with
 * generated data, or `-- --source DIR VENUE/DAY[/SYMBOL] …` with recordings; `--latency-ms 150` delays each response. Each step finds stored what came before it.
 */

type Size = Pick<SizeSum, 'sourceBytes' | 'bytes' | 'rows'>

const { values, positionals } = parseArgs({
  options: { source: { type: 'string' }, 'latency-ms': { type: 'string', default: '0' } },
  allowPositionals: true,
})
const latencyMs = Number(values['latency-ms'])
const VENUES = 'binance-futures,binance,deribit'
const DAYS = ['2024-08-01', '2024-08-02', '2024-08-03']
const steps = positionals.length > 0 ? positionals : DAYS.map(day => `${VENUES}/${day}`)

const source = values.source === undefined ? sampleSource({ dates: DAYS }) : folderSource(values.source)
const server = await startTardisServer({ source, latencyMs, servesInstruments: true })
const cwd = await mkdtemp(join(tmpdir(), 'estimates-'))
try {
  for (const step of steps) await measure(step)
} finally {
  await server.close()
  await rm(cwd, { recursive: true, force: true })
}

async function measure(step: string): Promise<void> {
  const [venues = '', day = '', symbol] = step.split('/')
  const args = ['download', '--venues', venues, '--dates', day, '--data-types', REQUESTABLE_DATA_TYPES.join()]
  if (symbol !== undefined) args.push('--symbols', symbol)
  const before = await storedSizes(venues, day)
  const { byType, costs } = JSON.parse(await run([...args, '--dry-run', '--json']))
  const startMs = performance.now()
  await run([...args, '--quiet'])
  const seconds = (performance.now() - startMs) / 1000
  const after = await storedSizes(venues, day)
  const rows = (byType as (SizeSum & { dataType: string })[]).map(estimated => {
    const { dataType, files, bases } = estimated
    const from = Object.entries(bases).flatMap(([basis, count]) => (count > 0 ? [`${basis} (${count})`] : []))
    const errors = (['sourceBytes', 'bytes', 'rows'] as const).map(figure => {
      const actual = (after.get(dataType)?.[figure] ?? 0) - (before.get(dataType)?.[figure] ?? 0)
      return actual === 0 ? 'nothing' : `${((100 * (estimated[figure] - actual)) / actual).toFixed(1)}%`
    })
    return [dataType, String(files), ...errors, from.join(', ')]
  })
  const head = ['data type', 'files', 'download', 'Parquet', 'rows', 'estimated from']
  const time = `time: estimated ${costs.seconds.toFixed(1)} s, took ${seconds.toFixed(1)} s`
  process.stdout.write(
    `\n${step}: estimate against what is stored\n${renderTable([head, ...rows], 1).join('\n')}\n${time}\n`,
  )
}

async function run(args: readonly string[]): Promise<string> {
  const urls = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl }
  // Without a key, days other than the first of a month are not part of an estimate.
  const env = { ...urls, TARDIS_API_KEY: 'any-key-is-taken', LOG_LEVEL: 'error' }
  const { code, stdout, stderr } = await callMain(args, { cwd, env })
  if (code !== 0) throw new Error(`${args.join(' ')} ended with exit code ${code}: ${stdout}${stderr}`)
  return stdout
}

/** What is stored of a day, by data type. */
async function storedSizes(venues: string, date: string): Promise<ReadonlyMap<string, Size>> {
  const ledger = openLedger(readFolder({ folder: join(cwd, 'data') }), 'ticks')
  const sums = new Map<string, Size>()
  for (const venue of venues.split(',')) {
    for (const item of (await ledger.readManifest({ venue, date }))?.items ?? []) {
      const sum = sums.get(item.dataType) ?? { sourceBytes: 0, bytes: 0, rows: 0 }
      const { sourceBytes = 0, bytes = 0, rows = 0 } = item
      const next = { sourceBytes: sum.sourceBytes + sourceBytes, bytes: sum.bytes + bytes, rows: sum.rows + rows }
      sums.set(item.dataType, next)
    }
  }
  return sums
}
