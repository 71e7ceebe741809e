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

/** What is tested: a room, a folder of it or a file of it. */
export interface Part {
  readonly room: string
  /** A glob of its files. */
  readonly files: string
}

/** The part that a path below `functions/` names, as `storage`, `storage/folder` or `storage/gcs.ts`; undefined where it is in no room. */
export function partOf(path: string): Part | undefined {
  const room = ROOMS.find(one => path === one || path.startsWith(`${one}/`))
  return room === undefined
    ? undefined
    : { room, files: path.endsWith('.ts') ? `functions/${path}` : `functions/${path}/**/*.ts` }
}
