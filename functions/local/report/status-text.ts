import { CONVERTER_VERSION } from '../../ticks/parquet/metadata.ts'
import { bytes, count, counted } from '../terminal/human.ts'
import type { Looks } from '../terminal/style.ts'
import { renderGrid } from './grid.ts'
import type { Where } from './json.ts'
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
}

/** What `status` prints: a calendar per venue, the days that are not complete with their reasons, and what to do. Pure. */
export function renderStatus(reports: readonly VenueDayReport[], options: StatusOptions, looks: Looks): string {
  const { where, hasKey, isChecked, underWay, isAbsent } = options
  if (reports.length === 0) {
    const why = isAbsent ? ': there is no such folder.' : ` (${where.prefix}/ and its ledger are empty).`
    return `${[`No venue-day found in ${where.shown}${why}`, ...underWayLines(underWay)].join('\n')}\n`
  }
  const lines = [
    ...renderGrid(reports, looks),
    '',
    ...totalLines(reports, where, isChecked),
    ...underWayLines(underWay),
  ]
  if (!allComplete(reports)) lines.push('', ...notComplete(reports, MAX_DAYS, hasKey, looks))
  return `${lines.join('\n')}\n`
}

function totalLines(reports: readonly VenueDayReport[], { shown }: Where, isChecked: boolean): string[] {
  const complete = reports.filter(({ status }) => status === 'complete').length
  const noData = reports.filter(hasNoData).length
  let [files, rows, size] = [0, 0, 0]
  for (const { counts, totals } of reports) {
    files += (counts?.stored ?? 0) + (counts?.empty ?? 0)
    rows += totals?.rows ?? 0
    size += totals?.bytes ?? 0
  }
  const days = `${count(complete)} of ${counted(reports.length, 'venue-day')} complete`
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
