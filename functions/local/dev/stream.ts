import type { Writable } from 'node:stream'
import type { LogLevel } from '../../runtime/config/config.ts'
import { formatText } from '../../runtime/log/log-text.ts'
import type { Plain } from '../../runtime/log/plain.ts'
import { type Looks, paint, type Style } from '../terminal/style.ts'

/** One stream of the output of all parts, each line after its part's name. */
export interface LogStream {
  /** A line as a function wrote it: JSON for Google Cloud, or anything. */
  line(part: string, line: string): void
  /** A line of this process about a part. */
  say(part: string, text: string): void
}

const COLOURS: Readonly<Record<string, Style>> = { schedule: 'magenta', fetch: 'cyan', aggregate: 'green' }
const WIDTH = 'aggregate'.length

export interface StreamOptions {
  /** Write errors only. */
  readonly quiet?: boolean
  /** Write each entry as a line of JSON that names its part, instead of text. */
  readonly json?: boolean
}

/** Writes to `out`: for people a log entry as the local commands show theirs, behind the name of its part. */
export function createLogStream(out: Writable, looks: Looks, { quiet, json }: StreamOptions = {}): LogStream {
  const prefix = (part: string) => `${paint(part.padEnd(WIDTH), COLOURS[part] ?? 'dim', looks)} `
  const write = (part: string, text: string) => {
    for (const line of text.split('\n')) out.write(`${prefix(part)}${line}\n`)
  }
  return {
    line(part, line) {
      const text = readable(line, looks.color)
      const entry = parsed(line)
      if (text === undefined || (quiet && entry?.severity !== 'ERROR')) return
      if (json) out.write(`${JSON.stringify({ part, ...(entry ?? { severity: 'INFO', message: line }) })}\n`)
      else write(part, text)
    },
    say(part, text) {
      if (quiet) return
      if (json) out.write(`${JSON.stringify({ part, severity: 'WARNING', message: text })}\n`)
      else write(part, paint(text, 'yellow', looks))
    },
  }
}

/** One stream that writes to all of these. */
export function joinStreams(streams: readonly LogStream[]): LogStream {
  return {
    line: (part, line) => {
      for (const stream of streams) stream.line(part, line)
    },
    say: (part, text) => {
      for (const stream of streams) stream.say(part, text)
    },
  }
}

const LEVELS: Readonly<Record<string, LogLevel>> = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' }

/** The line as text; undefined for an entry that only Google Cloud uses. */
export function readable(line: string, colour: boolean): string | undefined {
  const entry = parsed(line)
  if (!entry) return line
  if ('logging.googleapis.com/diagnostic' in entry) return undefined
  const { severity, message, timestamp, time: _, logName: __, ...fields } = entry
  const { seconds = 0, nanos = 0 } = (timestamp ?? {}) as { seconds?: number; nanos?: number }
  const atMs = seconds * 1000 + Math.floor(nanos / 1e6)
  const level = LEVELS[String(severity)] ?? 'info'
  return formatText(atMs, level, String(message), fields as Record<string, Plain>, colour)
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null && 'severity' in entry ? { ...entry } : undefined
  } catch {
    return undefined
  }
}
