import type { Command } from './command.ts'

/** The commands, each loaded only when it is called. */
export const COMMANDS: readonly CommandEntry[] = [
  entry(
    'download',
    'download from Tardis, convert to Parquet, store in a folder or a bucket',
    () => import('./download.ts'),
  ),
  entry('demo', 'download on generated sample data: no network, no account', () => import('./demo.ts')),
  entry('venues', 'venues that Tardis has: days, types, data types', () => import('./venues.ts')),
  entry('symbols', 'symbols that Tardis has of a venue, by type, pattern or day', () => import('./symbols.ts')),
  entry('status', 'what is complete per venue and day, what is missing and why', () => import('./status.ts')),
  entry('report', 'one HTML page: calendar, volumes, latency, gaps, incidents, findings', () => import('./report.ts')),
  entry('validate', 'prove the stored files against the manifests, and repair them', () => import('./validate.ts')),
  entry('files', 'the stored files of a selection: names, or a query to paste', () => import('./files.ts')),
  entry('query', 'SQL over the stored files of a selection, with DuckDB', () => import('./query.ts')),
  entry('table', 'Iceberg tables over the stored files: make, refresh, look at', () => import('./iceberg.ts')),
  entry('backfill', 'publish requests for a range of days to the deployed functions', () => import('./backfill.ts')),
  entry(
    'requests',
    'backfills that the deployed functions keep until they are complete',
    () => import('./requests.ts'),
  ),
  entry(
    'dead-letters',
    'list, show, replay or drop what the deployed functions could not work on',
    () => import('./dead-letters.ts'),
  ),
  entry('config', 'every setting, and where it comes from', () => import('./config.ts')),
  entry('dev', 'run the deployed functions on this machine, with emulators', () => import('./dev.ts')),
  entry('monitor', 'run a command and watch its memory', () => import('./monitor.ts')),
  entry('completion', 'print the completion of bash, zsh or fish', async () => ({
    default: (await import('./completion.ts')).completionOf(COMMANDS),
  })),
]

export interface CommandEntry {
  readonly name: string
  readonly about: string
  readonly load: () => Promise<{ readonly default: AnyCommand }>
}

// biome-ignore lint/suspicious/noExplicitAny: each command has flags of its own
type AnyCommand = Command<any>

function entry(name: string, about: string, load: CommandEntry['load']): CommandEntry {
  return { name, about, load }
}
