import { addDays, type CalendarDay, isDay } from './days.ts'

/** UTC days, both ends included. */
export interface Period {
  readonly first: CalendarDay
  readonly last: CalendarDay
}

const MAX_LAST_DAYS = 3_650
export const PERIOD_EXPECTED = `a day, month or year (2024-08-01, 2024-08, 2024), yesterday, last-N-days (N from 1 to ${MAX_LAST_DAYS}), or two of them as FROM..TO`

/**
 * The days that a text names; undefined where it names none. `last-7-days` ends with yesterday. A month or year that has
 * not ended ends with yesterday too, because a day's data comes after the day. Pure.
 */
export function readPeriod(text: string, today: CalendarDay): Period | undefined {
  const [from, to, ...more] = text.split('..').map(part => singlePeriod(part, today))
  if (more.length > 0 || !from) return undefined
  if (!text.includes('..')) return from
  return to && from.first <= to.last ? { first: from.first, last: to.last } : undefined
}

function singlePeriod(text: string, today: CalendarDay): Period | undefined {
  const yesterday = addDays(today, -1)
  if (text === 'yesterday') return { first: yesterday, last: yesterday }
  if (isDay(text)) return { first: text, last: text }
  const days = Number(/^last-([1-9]\d{0,3})-days$/.exec(text)?.[1] ?? 0)
  if (days > 0) return days <= MAX_LAST_DAYS ? { first: addDays(today, -days), last: yesterday } : undefined
  const first = firstOf(text)
  if (first === undefined) return undefined
  const last = text.length === 4 ? `${text}-12-31` : lastOfMonth(first)
  if (first > today || last < today) return { first, last }
  return { first, last: first === today ? first : yesterday }
}

/** The first day of `2024` or `2024-08`; undefined for any other text. */
function firstOf(text: string): CalendarDay | undefined {
  const first = `${text.length === 4 ? `${text}-01` : text}-01`
  return isDay(first) ? first : undefined
}

function lastOfMonth(first: CalendarDay): CalendarDay {
  const days = [31, 30, 29, 28].map(number => `${first.slice(0, 8)}${number}`)
  return days.find(isDay)!
}
