/**
 * The log as every room sees it; `createLogger` in logger.ts makes one. On Google Cloud fields become `jsonPayload` fields.
 * Metrics, alerts and users' scripts depend on their names. An `error` field may hold an Error.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log that adds `fields` to every entry (venue, date, plan, index, trace …). */
  child(fields: LogFields): Log
}

export type LogFields = Readonly<Record<string, unknown>>
