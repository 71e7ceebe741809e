import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { type Recorded, record } from './record.ts'

/** A new user's way from what there is to a first chart, in two pictures. Each line is typed as it stands. */
export const WALK: Readonly<Record<'find' | 'chart', readonly string[]>> = {
  find: [
    'venues',
    'symbols --venues binance-futures --type perpetual --on 2024-08-01',
    'download --venues binance-futures --symbols BTCUSDT --data-types trades,instruments --dates 2024-08-01 --dry-run',
  ],
  chart: [
    'download --venues binance-futures --symbols BTCUSDT --data-types trades,instruments --dates 2024-08-01',
    'status',
    `query "${[
      'SELECT time_bucket(INTERVAL 3 hour, t.timestamp) AS time, round(sum(price * amount) / sum(amount), 1) AS vwap,',
      'round(sum(amount), 3) AS volume, any_value(i.key) AS instrument, any_value(i.tick_size) AS tick',
      'FROM trades t JOIN instruments i ON i.symbol = t.symbol GROUP BY ALL ORDER BY time',
    ].join(' ')}"`,
  ],
}

export interface Step extends Recorded {
  readonly line: string
}

/** Runs the walk for real, in an empty folder, with a local vendor of generated data. */
export async function recordWalk(): Promise<Record<keyof typeof WALK, Step[]>> {
  const server = await startTardisServer({
    source: sampleSource({ dates: ['2024-08-01', '2024-08-02'], rowsPerFile: 20_000 }),
    servesInstruments: true,
  })
  const cwd = await mkdtemp(join(tmpdir(), 'walk-'))
  const env = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, XDG_CACHE_HOME: cwd }
  const steps = async (lines: readonly string[]) => {
    const done: Step[] = []
    for (const line of lines) done.push({ line, ...(await record(argumentsOf(line), { cwd, env })) })
    return done
  }
  try {
    return { find: await steps(WALK.find), chart: await steps(WALK.chart) }
  } finally {
    await server.close()
    await rm(cwd, { recursive: true, force: true })
  }
}

/** As a shell divides a line in which only whole arguments are in double quotes. */
function argumentsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map(match => match[1] ?? match[0])
}
