import type { Command } from './command.ts'

/** The commands, each loaded only when it is called: one line each. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'download',
    about: 'the whole pipeline in this process, into a folder or a bucket',
    load: () => import('./download.ts'),
  },
  {
]

export interface CommandEntry {
  readonly name: string
  readonly about: string
  // biome-ignore lint/suspicious/noExplicitAny: each command has flags of its own
  readonly load: () => Promise<{ readonly default: Command<any> }>
}
