/** The rooms that decide what users lose: folders below `functions/`. Their tests have the same path below `test/`. */
export const ROOMS: readonly string[] = [
  'market',
  'ledger',
  'schedule',
  'aggregate',
  'fetch',
  'storage',
  'tardis',
  'iceberg',
  'pubsub',
  'runtime/config',
  'runtime/log',
  'ticks',
]

/** The room that a file's mutants are made in; undefined for a file that has none. */
export function roomOf(file: string): string | undefined {
  if (!file.endsWith('.ts') || file.startsWith('functions/ticks/kernel/')) return undefined
  return ROOMS.find(room => file.startsWith(`functions/${room}/`))
}
