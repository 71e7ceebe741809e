/**
 * What a table is made of is not there, or cannot be read. Nothing but `rebuildTables` mends that; other tables are as good
 * as before. The message names the object, and the cause has the decoder's error.
 */
export class DamagedTableError extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`${what}; table rebuild makes the table anew`, options)
  }
}

/** The error, if it is of a table that is damaged. Rethrows any other. */
export function damagedOnly(error: unknown): DamagedTableError {
  if (error instanceof DamagedTableError) return error
  throw error
}
