import type { Command } from './command.ts'

/** The commands, each loaded only when it is called. */
export const COMMANDS: readonly CommandEntry[] = [
  entry('download', 'the whole pipeline in this process, into a folder or a bucket', () => import('./download.ts')),
  entry('demo', 'the same on generated sample data, without network or account', () => import('./demo.ts')),
  entry('status', 'what is complete, per venue and day', () => import('./status.ts')),
  entry('backfill', 'publishes schedule requests to Pub/Sub, years of many venues too', () => import('./backfill.ts')),
  entry('dev', 'emulators and the three functions, wired as when deployed', () => import('./dev.ts')),
  entry('monitor', 'runs a command and watches its memory', () => import('./monitor.ts')),
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
