import { type VenueDay, venueDayKey } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import { manifestName } from '../../storage/names.ts'
import type { SurveyRange } from '../report/survey.ts'
import type { VenueDayReport } from '../report/venue-days.ts'
import type { Finding } from './finding.ts'
import type { ProgressFile } from './progress-file.ts'
import { strangers } from './strangers.ts'
import { type ValidatedDay, type ValidateFrom, validateDay } from './validate-day.ts'

export interface Validation {
  readonly venueDays: number
  /** Of these, venue-days that an earlier run found right. */
  readonly resumed: number
  readonly files: number
  readonly bytes: number
  readonly rows: number
  /** Venue-days that are not complete: nothing is wrong with what they record. */
  readonly notComplete: number
  /** In order of venue, day and object. */
  readonly findings: readonly Finding[]
}

const DAYS_AT_ONCE = 4

/**
 * Proves venue-days against their manifests, and finds objects that no manifest knows. `days` are reports of their
 * summaries. Only errors of the bucket are thrown. Safe to repeat; changes nothing. Memory: all findings, and what 4
 * venue-days take.
 */
export async function validate(
  days: readonly VenueDayReport[],
  range: SurveyRange,
  from: ValidateFrom,
  progress: { readonly file?: ProgressFile | undefined; readonly onProgress: (done: number, total: number) => void },
): Promise<Validation> {
  const meter = new Meter(days, progress.onProgress)
  const validated: ValidatedDay[] = []
  let resumed = 0
  const known = days.filter(({ status }) => status !== 'absent')
  const work = async (day: VenueDayReport) => {
    const generation =
      progress.file && (await from.bucket.stat(manifestName(from.prefix, day), from.signal))?.generation
    const noted = generation === undefined ? undefined : progress.file?.find(day, generation)
    if (noted) resumed += 1
    const found = noted ?? (await validateDay(day, { ...from, onFile: () => meter.add(1) }))
    if (!noted && found.findings.length === 0 && generation !== undefined) await progress.file?.note(found, generation)
    meter.end(day, found.files, noted !== undefined)
    return found
  }
  for await (const day of mapConcurrently(known, from.isDeep ? 1 : DAYS_AT_ONCE, work)) validated.push(day)
  const findings = validated.flatMap(day => day.findings)
  // What a symbol is called cannot be told from an object that no manifest has.
  const isWanted = (dataType: string) => from.choice.takesUnrecorded(dataType)
  for await (const finding of strangers(from, known, range, isWanted)) findings.push(finding)
  const sum = (field: 'files' | 'bytes' | 'rows') => validated.reduce((total, day) => total + day[field], 0)
  return {
    venueDays: known.length,
    resumed,
    ...{ files: sum('files'), bytes: sum('bytes'), rows: sum('rows') },
    notComplete: validated.filter(({ status }) => status !== undefined && status !== 'complete').length,
    findings: findings.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)),
  }
}

/** Those of the findings whose venue-days are as given, looked at again. */
export async function validateAgain(
  findings: readonly Finding[],
  days: readonly VenueDay[],
  from: ValidateFrom,
): Promise<Finding[]> {
  const again = new Set(days.map(venueDayKey))
  const isAgain = ({ venue, date }: Finding) =>
    venue !== undefined && date !== undefined && again.has(venueDayKey({ venue, date }))
  const left = findings.filter(finding => !isAgain(finding))
  for await (const day of mapConcurrently(days, from.isDeep ? 1 : DAYS_AT_ONCE, day => validateDay(day, from)))
    left.push(...day.findings)
  return left.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

const orderOf = ({ venue = '~', date = '', object = '', check }: Finding) => [venue, date, object, check].join(' ')

/** Counts files. What a venue-day has is known by its summary; what is selected of it, only at its end. */
class Meter {
  #done = 0
  #total: number
  readonly #onProgress: (done: number, total: number) => void

  constructor(days: readonly VenueDayReport[], onProgress: (done: number, total: number) => void) {
    this.#total = days.reduce((sum, day) => sum + filesOf(day), 0)
    this.#onProgress = onProgress
  }

  add(files: number): void {
    this.#done += files
    this.#onProgress(this.#done, this.#total)
  }

  end(day: VenueDayReport, files: number, isNoted: boolean): void {
    this.#total += files - filesOf(day)
    this.add(isNoted ? files : 0)
  }
}

const filesOf = ({ counts }: VenueDayReport) => (counts ? counts.stored + counts.empty : 0)
