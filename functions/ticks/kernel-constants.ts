/**
 * Numbers that the kernel and its host must agree on. The kernel's WebAssembly modules export each one as `TABLE_NAME`,
 * and `checkConstants` compares them when a kernel is created.
 */

/** What a column holds (`kernel/columns.ts`). */
export const KIND = { TIME: 0, DOUBLE: 1, BOOLEAN: 2, CATEGORY: 3, TEXT: 4 } as const
export type Kind = (typeof KIND)[keyof typeof KIND]

/** Where the fields of a column's descriptor stand, in bytes (`kernel/columns.ts`). */
export const FIELD = {
  KIND: 0,
  VALUES: 4,
  VALIDITY: 8,
  DATA: 12,
  DATA_CAPACITY: 16,
  OFFSETS: 20,
  SLOTS: 24,
  MAX_ENTRIES: 36,
  HASHES: 40,
} as const

/** Why `parseRows` stopped (`kernel/row-state.ts`). */
export const STATUS = {
  DONE: 0,
  FULL: 1,
  CUT: 2,
  BAD_NUMBER: 3,
  BAD_TIME: 4,
  BAD_BOOLEAN: 5,
  TOO_FEW_CELLS: 6,
  TOO_MANY_CELLS: 7,
  BAD_QUOTES: 8,
  BAD_UTF8: 9,
  BAD_LINE_END: 10,
} as const

/** What `inflate` returns (`kernel/inflate/stream.ts`); a damaged stream is a negative number. */
export const INFLATE = {
  NEED_INPUT: 0,
  OUTPUT_FULL: 1,
  STREAM_END: 2,
  BAD_BLOCK_TYPE: -1,
  BAD_STORED_LENGTH: -2,
  TOO_MANY_CODES: -3,
  BAD_PRECODE: -4,
  BAD_REPEAT: -5,
  BAD_LITERAL_CODE: -6,
  BAD_DISTANCE_CODE: -7,
  BAD_LITERAL: -8,
  BAD_DISTANCE: -9,
  TOO_FAR_BACK: -10,
} as const

const TABLES: Readonly<Record<string, Readonly<Record<string, number>>>> = { KIND, FIELD, STATUS, INFLATE }

/**
 * Compares the tables with what the modules export.
 * @throws Error where a number differs, or stands on one side only: the modules are of another build than the host
 */
export function checkConstants(exports: object): void {
  const kernel = new Map(Object.entries(exports).filter(([name]) => tableOf(name)))
  const numbersOf = ([table, numbers]: [string, Readonly<Record<string, number>>]) =>
    Object.entries(numbers).map(([name, number]): [string, number] => [`${table}_${name}`, number])
  const host = new Map(Object.entries(TABLES).flatMap(numbersOf))
  for (const name of new Set([...kernel.keys(), ...host.keys()])) {
    const found = (kernel.get(name) as { readonly value: number } | undefined)?.value
    if (found !== host.get(name))
      throw new Error(`the kernel has ${name} ${found}, expected ${host.get(name)}: run "npm run build:kernel"`)
  }
}

function tableOf(name: string): string | undefined {
  return Object.keys(TABLES).find(table => name.startsWith(`${table}_`))
}
