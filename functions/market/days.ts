/** A UTC day as `YYYY-MM-DD`. Two days compare as their texts do. */
export type CalendarDay = string
export const DAY_EXPECTED = 'a date as YYYY-MM-DD between 2010-01-01 and 2100-12-31'
export const DAY_MS = 86_400_000

const DAY = /^(?:20[1-9]\d|2100)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/

/** True for a day of the calendar, in the years 2010 to 2100: Tardis has none before 2019. */
export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false
  const day = Number(text.slice(8))
  return day <= 28 || day <= daysInMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)))
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** The moment that the day begins, in milliseconds since 1970 UTC. @throws RangeError where the text is no day */
export function dayStartMs(day: CalendarDay): number {
  if (!isDay(day)) throw new RangeError(`found ${JSON.stringify(day.slice(0, 40))}, expected ${DAY_EXPECTED}`)
  return Date.parse(`${day}T00:00:00Z`)
}

/** The day of a moment in milliseconds since 1970 UTC. */
export function dayOf(ms: number): CalendarDay {
  return new Date(ms).toISOString().slice(0, 10)
}

export function addDays(day: CalendarDay, days: number): CalendarDay {
  return dayOf(dayStartMs(day) + days * DAY_MS)
}

/** How many days from `first` to `last`, both included; not above 0 where `last` is before `first`. */
export function countDays(first: CalendarDay, last: CalendarDay): number {
  return (dayStartMs(last) - dayStartMs(first)) / DAY_MS + 1
}

/** The days from `first` to `last`, both included, the earliest first. */
export function daysFrom(first: CalendarDay, last: CalendarDay): CalendarDay[] {
  return Array.from({ length: Math.max(0, countDays(first, last)) }, (_, days) => addDays(first, days))
}

/** What both days begin with as text: the longest prefix whose listing holds all days between them. */
export function commonPrefix(first: CalendarDay, last: CalendarDay): string {
  let length = 0
  while (length < first.length && first[length] === last[length]) length += 1
  return first.slice(0, length)
}
