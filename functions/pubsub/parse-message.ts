import type { z } from 'zod'
import { shown } from '../runtime/shown.ts'

/**
 * Far above what a message of ours needs, and low enough that no JSON of that length can use up the memory: nested
 * empty lists take some sixty times their text.
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024

/** The message, or one line for a log that says why it cannot be understood. */
export type Parsed<T> = { readonly ok: true; readonly message: T } | NotUnderstood

export interface NotUnderstood {
  readonly ok: false
  readonly reason: string
  /** True for a message of a higher version: a newer release understands it. */
  readonly isNewer?: true
}

export type MessageData = string | Uint8Array | undefined

/**
 * Reads a message of at most `MAX_MESSAGE_BYTES`: UTF-8, JSON, of a version up to `highestVersion`, of this schema. Never
 * throws.
 * @param whenEmpty what no data, or nothing but white space, stands for; refused without it
 */
export function parseMessage<T>(
  schema: z.ZodType<T>,
  data: MessageData,
  highestVersion: number,
  whenEmpty?: T,
): Parsed<T> {
  const bytes = typeof data === 'string' ? Buffer.byteLength(data) : (data?.byteLength ?? 0)
  if (bytes > MAX_MESSAGE_BYTES) {
    return { ok: false, reason: `the message has ${bytes} bytes, expected at most ${MAX_MESSAGE_BYTES}` }
  }
  const text = decode(data)
  if (text === undefined) return { ok: false, reason: `the message is not UTF-8, expected JSON (${bytes} bytes)` }
  if (text.trim() === '') {
    if (whenEmpty !== undefined) return { ok: true, message: whenEmpty }
    return { ok: false, reason: 'the message is empty, expected a JSON object' }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, reason: `the message is not JSON: found ${shown(text)}` }
  }
  const newer = higherVersion(value, highestVersion)
  if (newer !== undefined) {
    const reason = `the message has version ${newer}, this release understands up to ${highestVersion}`
    return { ok: false, reason, isNewer: true }
  }
  const result = schema.safeParse(value)
  return result.success ? { ok: true, message: result.data } : { ok: false, reason: reasons(result.error, value) }
}

function higherVersion(message: unknown, highest: number): number | undefined {
  const found = (message as { readonly version?: unknown } | null)?.version
  return Number.isSafeInteger(found) && Number(found) > highest ? Number(found) : undefined
}

function decode(data: MessageData): string | undefined {
  if (data === undefined || typeof data === 'string') return data ?? ''
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    return undefined
  }
}

/** At most three of the faults: a list of five thousand bad symbols needs no line for each. */
function reasons(error: z.ZodError, value: unknown): string {
  const { issues } = error
  const more = issues.length > 3 ? `; and ${issues.length - 3} more` : ''
  return (
    issues
      .slice(0, 3)
      .map(issue => reason(issue, value))
      .join('; ') + more
  )
}

function reason(issue: z.core.$ZodIssue, value: unknown): string {
  const place = issue.path.map((key, at) =>
    typeof key === 'number' ? `[${key}]` : `${at > 0 ? '.' : ''}${String(key)}`,
  )
  const where = place.join('') || 'the message'
  if (issue.code === 'unrecognized_keys') {
    const fields = issue.keys.slice(0, 3).map(shown).join(', ')
    return `${where} has ${issue.keys.length > 1 ? 'fields' : 'a field'} that this version does not know: ${fields} (a future version?)`
  }
  const found = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], value)
  if (found === undefined) return `${where} is missing, expected ${issue.message}`
  return `${where}: found ${shown(found)}, expected ${issue.path.length === 0 ? 'a JSON object' : issue.message}`
}
