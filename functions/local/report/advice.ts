import type { Problem, VenueDayReport } from './venue-days.ts'

/** What to do about what is not complete: one line per kind of problem. Pure. */
export function advice(reports: readonly VenueDayReport[], hasKey: boolean): string[] {
  const problems = reports.flatMap(report => report.problems)
  const has = (status: Problem['status']) => problems.some(problem => problem.status === status)
  const failed = problems.filter(({ status }) => status === 'failed')
  const is = (status: VenueDayReport['status']) => reports.some(report => report.status === status)
  const lines: (readonly [boolean, string])[] = [
    [has('forbidden') && !hasKey, `forbidden: set TARDIS_API_KEY (environment or .env); ${FREE}`],
    [has('forbidden') && hasKey, `forbidden: TARDIS_API_KEY is not valid for these; see what it covers at ${ACCOUNT}`],
    [is('pending'), 'pending: run download again once Tardis has exported the day, around 06:00 UTC of the next day'],
    [
      failed.some(({ retryable }) => retryable !== false),
      'failed: run download again; stored files are not downloaded again',
    ],
    [failed.some(({ retryable }) => retryable === false), `failed, and the same again would fail again: ${FOR_GOOD}`],
    [has('gone') || has('changed'), 'gone, changed: run download to download these files again'],
    [has('pending'), 'not downloaded yet: run download to resume'],
    [is('absent'), 'absent: never requested or not started: run download'],
    [is('unreadable'), 'unreadable: the manifest is damaged, or written by another version; its name is above'],
  ]
  return lines.flatMap(([applies, line]) => (applies ? [line] : []))
}

const FREE = 'without a key only the first day of each month is free'
const ACCOUNT = 'https://tardis.dev'
const FOR_GOOD = 'see the error; try --force when Tardis has replaced the file'
