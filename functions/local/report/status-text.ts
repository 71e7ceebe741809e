import type { Config } from '../../runtime/config/config.ts'
import { bytes, count, counted } from '../terminal/human.ts'
import type { Looks } from '../terminal/style.ts'
import { renderGrid } from './grid.ts'
import type { Where } from './json.ts'
import { notComplete } from './reasons.ts'
import { allComplete, type VenueDayReport } from './venue-days.ts'

const MOST_DAYS_TOLD = 20

/** What `status` shows: a calendar per venue, the days that are not complete with their reasons, and what to do. Pure. */
export function renderStatus(
  reports: readonly VenueDayReport[],
  where: Where,
  config: Pick<Config, 'tardisApiKey'>,
  looks: Looks,
): string {
  if (reports.length === 0) return `No venue-day found in ${where.shown} (ledger beside ${where.prefix}/).\n`
  const hasKey = config.tardisApiKey !== undefined
  const lines = [...renderGrid(reports, looks), '', totalLine(reports, where)]
  if (!allComplete(reports)) lines.push('', ...notComplete(reports, MOST_DAYS_TOLD, hasKey, looks))
  return `${lines.join('\n')}\n`
}

function totalLine(reports: readonly VenueDayReport[], { shown }: Where): string {
  const complete = reports.filter(({ status }) => status === 'complete').length
  let [items, rows, size] = [0, 0, 0]
  for (const { counts, totals } of reports) {
    items += (counts?.stored ?? 0) + (counts?.empty ?? 0)
    rows += totals?.rows ?? 0
    size += totals?.bytes ?? 0
  }
  const days = `${count(complete)} of ${counted(reports.length, 'venue-day')} complete`
  return `${days} in ${shown}: ${counted(items, 'file')}, ${counted(rows, 'row')}, ${bytes(size)} of Parquet`
}
