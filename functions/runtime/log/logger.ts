import { once } from 'node:events'
import type { Writable } from 'node:stream'
import winston from 'winston'
import type { LogLevel } from '../config/config.ts'
import type { Log, LogFields } from './log.ts'
import { formatText } from './log-text.ts'
import { createPlain, type Plain } from './plain.ts'

export interface LoggerOptions {
  /** The lowest level that is written. */
  readonly level: LogLevel
  /** JSON lines instead of text, as for Google Cloud. */
  readonly json?: boolean
  /** Through logging-winston to stdout, where Google Cloud collects it; `stream` is not used then. */
  readonly google?: boolean
  /** By default stderr, because stdout is for the command's results. */
  readonly stream?: Writable & { readonly isTTY?: boolean }
  /** With `google`: the project that the log is in, for the entry's `logName`. */
  readonly projectId?: string | undefined
  /** Texts that no entry may show, such as the API key. */
  readonly secrets: readonly string[]
  /** By default true for a terminal, unless NO_COLOR is set. */
  readonly colour?: boolean
}

/** A log that can be closed. `close` resolves when all entries are written; later ones are dropped. Safe to call twice. */
export interface Logger extends Log {
  close(): Promise<void>
}

/** True where Google Cloud collects stdout. */
export function isGoogleCloud(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env.K_SERVICE || env.FUNCTION_TARGET)
}

/** The npm levels of winston: logging-winston maps them to severities. */
const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const

/**
 * The log over winston. It never throws, whatever the fields hold, and no entry shows a secret. Memory: one entry; a text
 * in a field is cut after 16 Ki characters.
 */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const { level, secrets } = options
  const transport = options.google ? await googleTransport(options.projectId) : streamTransport(options)
  // The default format would turn every entry into JSON before a transport sees it.
  const untouched = winston.format(info => info)()
  const logger = winston.createLogger({ level, levels: LEVELS, transports: [transport], format: untouched })
  const plain = createPlain({ secrets, stacks: level === 'debug' })
  let closing: Promise<unknown> | undefined

  const write = (at: LogLevel, message: string, fields: LogFields) => {
    if (closing || LEVELS[at] > LEVELS[level]) return
    logger.log({ ...toFields(plain(fields)), level: at, message: String(plain(String(message))) })
  }
  const withFields = (own: LogFields): Log => ({
    debug: (message, fields) => write('debug', message, { ...own, ...fields }),
    info: (message, fields) => write('info', message, { ...own, ...fields }),
    warn: (message, fields) => write('warn', message, { ...own, ...fields }),
    error: (message, fields) => write('error', message, { ...own, ...fields }),
    child: fields => withFields({ ...own, ...fields }),
  })
  const close = async () => {
    closing ??= once(logger.end(), 'finish')
    await closing
  }
  return { ...withFields({}), close }
}

/** Names that an entry or a transport uses itself. A field with such a name gets a `_`. */
const RESERVED = new Set([
  'level',
  'message',
  'severity',
  'time',
  'timestamp',
  'stack',
  'splat',
  'logName',
  'httpRequest',
])

function toFields(fields: Plain | undefined): Record<string, Plain> {
  if (typeof fields !== 'object' || fields === null) return {}
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `${key}_` : key, value]))
}

/** Without a project the library would write a template, `projects/{{projectId}}/logs/…`, into every entry. */
const ANY_PROJECT = '-'

/**
 * logging-winston puts an entry's fields under `metadata`; here they stand beside the message, as the JSON lines have
 * them, so that metrics and alerts name a field the same everywhere.
 */
async function googleTransport(projectId = ANY_PROJECT): Promise<winston.transport> {
  // Loaded only here, because with its client library it takes some 60 MB.
  const { LoggingWinston } = await import('@google-cloud/logging-winston')
  const transport = new LoggingWinston({ projectId, redirectToStdout: true, useMessageField: false })
  const { common } = transport
  const entry = common.entry.bind(common)
  common.entry = (about, data) => {
    const { metadata, ...rest } = data as { metadata?: object }
    return entry(about, { ...metadata, ...rest })
  }
  return transport
}

function streamTransport({ json, stream = process.stderr, colour }: LoggerOptions): winston.transport {
  const coloured = colour ?? (stream.isTTY === true && !process.env.NO_COLOR)
  const format = winston.format.printf(({ level, message, ...fields }) => {
    const entry = fields as Record<string, Plain>
    return json
      ? formatJson(level as LogLevel, String(message), entry)
      : formatText(Date.now(), level as LogLevel, String(message), entry, coloured)
  })
  return new winston.transports.Stream({ stream, format, eol: '\n' })
}

const SEVERITIES = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const

function formatJson(level: LogLevel, message: string, { labels, ...fields }: Record<string, Plain>): string {
  return JSON.stringify({
    severity: SEVERITIES[level],
    time: new Date().toISOString(),
    message,
    ...fields,
    ...(labels && { 'logging.googleapis.com/labels': labels }),
  })
}
