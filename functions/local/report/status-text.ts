import { CONVERTER_VERSION } from '../../ticks/parquet/metadata.ts'
import { bytes, count, counted } from '../terminal/human.ts'
import { type Looks, wrapLines } from '../terminal/style.ts'
import type { FoundGaps } from './gaps.ts'
import { gapLines } from './gaps-text.ts'
import { renderGrid } from './grid.ts'
import { incidentLines } from './incidents-text.ts'
import type { Where } from './json.ts'
import type { PartKind } from './parts.ts'
import { qualityLines } from './quality-text.ts'
import { notComplete } from './reasons.ts'
import { type UnderWay, underWayLines } from './requests-text.ts'
import { allComplete, hasNoData, sumVersions, type VenueDayReport } from './venue-days.ts'

const MAX_DAYS = 20

export interface StatusOptions {
  readonly where: Where
  readonly hasKey: boolean
  /** True where the bucket was compared with the manifests. */
  readonly isChecked: boolean
  readonly underWay: UnderWay
  /** True of a folder that does not exist. */
  readonly isAbsent?: boolean
  /** True where venues or days were asked for: others may be recorded. */
  readonly isRange?: boolean
  /** What the reports are of; whole venue-days where undefined. */
  readonly by?: PartKind | undefined
  /** True where the reports that are degraded are listed, with the reasons. */
  readonly tellsQuality?: boolean | undefined
  /** The gaps to list; none are listed where undefined. */
  readonly gaps?: FoundGaps | undefined
  /** In cells; Infinity where the output is no terminal. */
  readonly width: number
  /** The venue-days with the incidents to list; none are listed where undefined. */
  readonly incidentsOf?: readonly VenueDayReport[] | undefined
}

/** What `status` prints: a calendar per venue, the days that are not complete with their reasons, and what to do. Pure. */
export function renderStatus(reports: readonly VenueDayReport[], options: StatusOptions, looks: Looks): string {
  const { where, hasKey, isChecked, underWay, isAbsent, by, incidentsOf, tellsQuality, gaps } = options
  if (reports.length === 0) {
    if (by) return `Nothing of this selection is recorded in ${where.shown}.\n`
    const empty = options.isRange ? ' for this range.' : ` (${where.prefix}/ and its ledger are empty).`
    const why = isAbsent ? ': there is no such folder.' : empty
    return `${[`No venue-day found in ${where.shown}${why}`, ...underWayLines(underWay, where.shown)].join('\n')}\n`
  }
  const lines = [
    ...renderGrid(reports, looks),
    '',
    ...totalLines(reports, where, isChecked, by),
    ...underWayLines(underWay, where.shown),
  ]
  if (!allComplete(reports)) lines.push('', ...notComplete(reports, MAX_DAYS, hasKey, looks))
  if (tellsQuality) lines.push('', ...qualityLines(reports, looks))
  if (gaps) lines.push('', ...gapLines(gaps, looks, options.width))
  if (incidentsOf) lines.push('', ...incidentLines(incidentsOf, looks))
  return `${wrapLines(lines, options.width).join('\n')}\n`
}

const DAYS_OF = { 'data-type': 'day of a data type', symbol: 'day of a symbol' } as const
const MANY_DAYS_OF = { 'data-type': 'days of data types', symbol: 'days of symbols' } as const

function totalLines(
  reports: readonly VenueDayReport[],
  { shown }: Where,
  isChecked: boolean,
  by: PartKind | undefined,
): string[] {
  const complete = reports.filter(({ status }) => status === 'complete').length
  const noData = reports.filter(hasNoData).length
  let [files, rows, size] = [0, 0, 0]
  for (const { counts, totals } of reports) {
    files += (counts?.stored ?? 0) + (counts?.empty ?? 0)
    rows += totals?.rows ?? 0
    size += totals?.bytes ?? 0
  }
  const all = by ? counted(reports.length, DAYS_OF[by], MANY_DAYS_OF[by]) : counted(reports.length, 'venue-day')
  const days = `${count(complete)} of ${all} complete`
  return [
    `${days}${noData > 0 ? `, ${count(noData)} without data at Tardis` : ''}`,
    `recorded in ${shown}: ${counted(files, 'file')}, ${counted(rows, 'row')}, ${bytes(size)} of Parquet`,
    ...versionLines(reports),
    isChecked
      ? 'compared with a list of the bucket: names, sizes, generations'
      : 'as recorded; --check compares with the bucket',
  ]
}

/** One line where an older converter version wrote some of the files; none where all are of this one. */
function versionLines(reports: readonly VenueDayReport[]): string[] {
  const versions = Object.entries(sumVersions(reports))
  if (versions.every(([version]) => Number(version) >= CONVERTER_VERSION)) return []
  const parts = versions.map(
    ([version, files]) => `${count(files)} ${version === 'unknown' ? 'not recorded' : `of version ${version}`}`,
  )
  return [
    `files by converter version: ${parts.join(', ')}; download --upgrade converts those below ${CONVERTER_VERSION} again`,
  ]
}
