import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { record } from './record.ts'
import { plainText } from './terminal-svg.ts'

const REQUEST = ['--venues', 'binance-futures,binance,deribit', '--dates', '2024-08-01..2024-08-02']
const TYPES = ['--data-types', [...KNOWN_DATA_TYPES, 'instruments'].join()]

/** The commands whose tables and lists a person reads on a terminal, each with what it is called. */
export const SCREENS = {
  ...{ overview: ['--help'], 'help of download': ['download', '--help'], 'help of status': ['status', '--help'] },
  venues: ['venues'],
  symbols: ['symbols', '--venues', 'binance-futures,deribit'],
  'dry run': ['download', ...REQUEST, ...TYPES, '--force', '--dry-run'],
  status: ['status', '--check'],
  'status that is not complete': ['status', '--dates', '2024-08-01..2024-08-05', '--quality'],
  'status by symbol': ['status', '--by', 'symbol', '--venues', 'binance-futures'],
  files: ['files', '--venues', 'binance', '--data-types', 'trades'],
  config: ['config'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Screen = keyof typeof SCREENS
/** What stands on terminals of some widths, line by line with its colours. */
export type Screens = ReadonlyMap<number, Readonly<Record<Screen, readonly string[]>>>

/** Runs the commands for real over two days of generated data, on terminals of these widths. */
export async function recordScreens(widths: readonly number[]): Promise<Screens> {
  const source = sampleSource({ dates: ['2024-08-01', '2024-08-02'], rowsPerFile: 500 })
  const server = await startTardisServer({ source, servesInstruments: true })
  const cwd = await mkdtemp(join(tmpdir(), 'screens-'))
  const env = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, XDG_CACHE_HOME: cwd }
  try {
    const { code } = await record(['download', ...REQUEST, ...TYPES, '--quiet'], { cwd, env })
    if (code !== 0) throw new Error(`the download ended with exit code ${code}`)
    const screens = new Map<number, Record<Screen, readonly string[]>>()
    for (const columns of widths) {
      const shown: [string, readonly string[]][] = []
      for (const [name, argv] of Object.entries(SCREENS))
        shown.push([name, (await record(argv, { cwd, env, columns })).output])
      screens.set(columns, Object.fromEntries(shown) as Record<Screen, readonly string[]>)
    }
    return screens
  } finally {
    await server.close()
    await rm(cwd, { recursive: true, force: true })
  }
}

/** Without the lines that are for copying, which stay whole: examples, usage, paths. */
export function proseOf(lines: readonly string[]): string[] {
  return lines.map(plainText).filter(line => !/^ {2}npx |^Usage: |^\.\/data\//.test(line))
}
