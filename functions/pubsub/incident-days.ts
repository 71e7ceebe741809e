import type { z } from 'zod'
import { countDays, isDay } from '../market/days.ts'

/** A message that compares incidents downloads nothing, so what says what to download has no place in it. */
const FIELDS: ReadonlySet<string> = new Set(['venue', 'date', 'incidentsSince', 'version'])

/** Adds an issue for each fault of a message that compares the incidents of the days from `incidentsSince` to `date`. */
export function checkIncidentDays(
  message: { readonly date: string; readonly incidentsSince?: string | undefined },
  maxDays: number,
  context: z.RefinementCtx,
): void {
  const { date, incidentsSince } = message
  if (incidentsSince === undefined) return
  for (const field of Object.keys(message)) {
    if (FIELDS.has(field)) continue
    context.addIssue({ code: 'custom', path: [field], message: 'no such field beside incidentsSince' })
  }
  // Another issue names a text that is no date.
  if (!isDay(date) || !isDay(incidentsSince)) return
  const days = countDays(incidentsSince, date)
  if (days >= 1 && days <= maxDays) return
  const expected = `a date at most ${maxDays - 1} days before ${date}, and not after it`
  context.addIssue({ code: 'custom', path: ['incidentsSince'], message: expected })
}
