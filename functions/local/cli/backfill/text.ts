import { count, counted, duration } from '../../terminal/human.ts'
import type { Looked } from './look.ts'
import type { Part } from './requests.ts'

/** What `backfill` prints. */

export function publishedText(published: number, all: number, elapsedMs: number): string {
  const time = `in ${duration(elapsedMs)}`
  if (published === all) return `published ${counted(published, 'request')} ${time}\n`
  return `published ${count(published)} of ${count(all)} requests ${time}; run again for the rest\n`
}

/** What `backfill --json` prints. */
export function backfillDocument(
  topic: string,
  parts: readonly Part[],
  looked: readonly Looked[] | undefined,
  left: readonly Part[],
  published: number,
): object {
  return {
    topic,
    venueDays: sumDays(parts),
    ...(looked && { completeVenueDays: looked.reduce((sum, part) => sum + part.complete, 0) }),
    published,
    requests: left.map(({ request }) => request),
  }
}

export function described(parts: readonly Part[]): string {
  const dates = parts.flatMap(({ request }) => [request.startDate, request.endDate]).sort()
  const range = dates.length > 0 ? `, ${dates[0]} … ${dates.at(-1)}` : ''
  return `${counted(parts.length, 'request')} for ${counted(sumDays(parts), 'venue-day')}${range}`
}

export function lookedText(looked: readonly Looked[], left: readonly Part[]): string {
  const complete = looked.reduce((sum, part) => sum + part.complete, 0)
  const leftOut = looked.length - left.length
  return `${count(complete)} of ${counted(sumDays(looked), 'venue-day')} complete already: ${counted(leftOut, 'request')} left out\n`
}

export function sumDays(parts: readonly Part[]): number {
  return parts.reduce((sum, { venueDays }) => sum + venueDays, 0)
}
