import { styleText } from 'node:util'
import type { LogLevel } from '../config/config.ts'
import { escapeControls } from '../shown.ts'
import type { Plain } from './plain.ts'

const COLOURS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const

/**
 * An entry for people: `time LEVEL message key=value …` on one line, and the stack, if there is one, indented below it.
 * Fields for Google Cloud only are left out.
 */
export function formatText(
  atMs: number,
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, Plain>>,
  colour: boolean,
): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const pairs = Object.entries(fields)
    .filter(([key]) => key !== 'labels' && !key.startsWith('logging.googleapis.com/'))
    .map(([key, value]) => `${paint('dim', `${bare(key)}=`)}${shownValue(value)}`)
  const head = `${paint('dim', new Date(atMs).toISOString())} ${paint(COLOURS[level], level.toUpperCase().padEnd(5))}`
  return [`${head} ${escapeControls(message)}`, ...pairs].join(' ') + stacks(fields)
}

function shownValue(value: Plain): string {
  if (isError(value)) return quoted(errorLine(value))
  return typeof value === 'string' ? bare(value) : escapeControls(JSON.stringify(value))
}

function bare(text: string): string {
  return /^[^\s"=\p{C}]+$/u.test(text) ? text : quoted(text)
}

function quoted(text: string): string {
  return escapeControls(JSON.stringify(text))
}

interface ErrorFields {
  readonly name?: string
  readonly message: string
  readonly code?: string | number
  readonly stack?: string
  readonly causes?: readonly ErrorFields[]
}

function isError(value: Plain): value is Plain & ErrorFields {
  return typeof value === 'object' && value !== null && 'message' in value
}

function errorLine({ name, message, code, causes = [] }: ErrorFields): string {
  const first = `${name ? `${name}: ` : ''}${message}${code === undefined ? '' : ` [${code}]`}`
  return [first, ...causes.map(errorLine)].join('; caused by ')
}

function stacks(fields: Readonly<Record<string, Plain>>): string {
  const errors = Object.values(fields)
    .filter(isError)
    .flatMap(error => [error, ...(error.causes ?? [])])
  return errors
    .flatMap(({ stack }) => stack?.split('\n') ?? [])
    .map(line => `\n    ${escapeControls(line)}`)
    .join('')
}
