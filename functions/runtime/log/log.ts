/**
 * The log's shape, as every room sees it; `createLogger` in logger.ts is what fills it.
 *
 * Fields are structured: on Google Cloud they become `jsonPayload` fields that metrics and alerts stand on, so their
 * names are part of what users script against. Values must be JSON-able; an `error` field may hold an Error.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log whose every entry carries `fields` too (venue, date, plan, index, trace …). */
  child(fields: LogFields): Log
}

export type LogFields = Readonly<Record<string, unknown>>
