import type { z } from 'zod'
import { SCHEMA_VERSION } from './fields.ts'

/**
 * A document of the ledger does not fit its schema: a newer release wrote it, it is damaged, or it is not ours. A retry
 * does not help, and it must not be overwritten.
 */
export class LedgerDocumentError extends Error {
  override readonly name = 'LedgerDocumentError'
  /** True where a newer release wrote the document: only that release may replace it. */
  readonly isNewer: boolean

  constructor(message: string, options: ErrorOptions & { readonly isNewer?: boolean } = {}) {
    super(message, options)
    this.isNewer = options.isNewer ?? false
  }
}

/**
 * The document as one line of JSON and a newline. Keys stand in the schema's order and absent ones are left out, so
 * equal content is equal bytes.
 * @throws LedgerDocumentError for a document that does not fit its schema
 */
export function encodeDocument<T>(schema: z.ZodType<T>, name: string, document: T): Uint8Array {
  return Buffer.from(`${JSON.stringify(check(schema, name, document))}\n`)
}

/** Reads a document back. @throws LedgerDocumentError that names the object, the field, what was found and expected */
export function decodeDocument<T>(schema: z.ZodType<T>, name: string, data: Uint8Array): T {
  return check(schema, name, parseJson(name, new TextDecoder().decode(data)))
}

/** Parses one JSON text of an object. @throws LedgerDocumentError that shows how the text begins */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = `${name}: expected one JSON document, found ${text.length} characters that begin ${shown(text.slice(0, 60))}`
    throw new LedgerDocumentError(message, { cause })
  }
}

/** The value as the schema has it. @throws LedgerDocumentError */
export function check<T>(schema: z.ZodType<T>, name: string, value: unknown): T {
  const version = member(value, 'schemaVersion')
  if (Number.isSafeInteger(version) && Number(version) > SCHEMA_VERSION) {
    const message = `${name}: schemaVersion is ${version}, this release reads up to ${SCHEMA_VERSION}; deploy the release that wrote it`
    throw new LedgerDocumentError(message, { isNewer: true })
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.slice(0, MAX_FAULTS).map(issue => fault(issue, value))
  const more = result.error.issues.length - faults.length
  throw new LedgerDocumentError(`${name}: ${faults.join('; ')}${more > 0 ? `; and ${more} more` : ''}`)
}

const MAX_FAULTS = 3

function fault(issue: z.core.$ZodIssue, document: unknown): string {
  const path = issue.path.map(String)
  const found = shown(path.reduce<unknown>(member, document))
  return `${path.join('.') || 'document'} is ${found}, expected ${expectation(issue)}`
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected
    case 'invalid_value':
      return issue.values.map(shown).join(' or ')
    case 'invalid_format':
      return issue.pattern ?? issue.format
    case 'too_small':
      return `at least ${issue.minimum}`
    case 'too_big':
      return `at most ${issue.maximum}`
    case 'unrecognized_keys':
      return `no ${issue.keys.map(shown).join(', ')}`
    case 'invalid_union':
      return alternatives(issue).join(' or ')
    default:
      return issue.message
  }
}

/** For a union by discriminator its options, for any other what each branch expects. */
function alternatives(issue: z.core.$ZodIssueInvalidUnion): string[] {
  if ('options' in issue && Array.isArray(issue.options)) return issue.options.map(shown)
  return issue.errors.flatMap(branch => branch.map(expectation))
}

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
