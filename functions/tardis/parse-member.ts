import type { z } from 'zod'
import { escapeControls } from '../runtime/shown.ts'
import type { JsonMember } from './json-members.ts'

const MAX_SHOWN_CHARACTERS = 80

/** A member's value as a type, or what is wrong with it: `datasets.symbols[7].id is 7, expected a string`. */
export function parseMember<T extends z.ZodType>(
  type: T,
  { place, value }: JsonMember,
): { readonly value: z.output<T> } | { readonly fault: string } {
  const result = type.safeParse(value)
  if (result.success) return { value: result.data }
  const issue = result.error.issues[0]!
  const field = issue.path.reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : `${path}.${String(key)}`),
    place,
  )
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)
  return { fault: `${field} is ${shown(found)}, expected ${expectedBy(issue)}` }
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
  if (issue.code === 'too_small') return 'a text that is not empty'
  return issue.message
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = escapeControls(JSON.stringify(value))
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text
}
