import { bytes, count, counted } from '../terminal/human.ts'
import { type Looks, paint, printable } from '../terminal/style.ts'
import { type Finding, isRepairable } from './finding.ts'
import type { Validation } from './validate.ts'

const MAX_FINDINGS = 100

export interface ValidationText {
  readonly where: string
  readonly reads: boolean
  readonly isDeep: boolean
  /** How many files were downloaded again; undefined where nothing was repaired. */
  readonly repairedFiles?: number | undefined
}

/** What `validate` prints. Pure. */
export function renderValidation(validation: Validation, text: ValidationText, looks: Looks): string {
  const { findings, notComplete, resumed } = validation
  const more = findings.length - MAX_FINDINGS
  const lines = [
    ...findings.slice(0, MAX_FINDINGS).map(finding => printable(lineOf(finding))),
    ...(more > 0 ? [`and ${count(more)} more (--json lists all)`] : []),
    ...(findings.length > 0 ? [''] : []),
    summaryOf(validation, text),
    ...(resumed > 0 ? [`${counted(resumed, 'venue-day')} of them by an earlier run`] : []),
    ...(notComplete > 0 ? [`${counted(notComplete, 'venue-day')} not complete: status says why`] : []),
    ...(text.repairedFiles ? [`${counted(text.repairedFiles, 'file')} downloaded again`] : []),
    findings.length === 0
      ? paint('Nothing differs.', 'green', looks)
      : paint(`${counted(findings.length, 'finding')}.${adviceOf(findings)}`, 'red', looks),
  ]
  return `${lines.join('\n')}\n`
}

function lineOf({ venue, date, dataType, symbol, object, check, detail }: Finding): string {
  const name = [venue, date, dataType, symbol].filter(part => part !== undefined).join(' ')
  const place = dataType === undefined && object !== undefined ? object : name
  return `${place}: ${check}: ${detail}`
}

function summaryOf(
  { venueDays, files, bytes: size, rows }: Validation,
  { where, reads, isDeep }: ValidationText,
): string {
  const what = ['list', 'footers', ...(reads ? ['checksums'] : []), ...(isDeep ? ['values'] : [])].join(', ')
  const stored = `${counted(files, 'file')}, ${counted(rows, 'row')}, ${bytes(size)}`
  return `compared in ${where}: ${counted(venueDays, 'venue-day')}, ${stored} (${what})`
}

function adviceOf(findings: readonly Finding[]): string {
  const repairable = findings.some(isRepairable) ? ' --repair downloads the files again.' : ''
  const manifest = findings.some(({ check }) => check === 'manifest')
    ? ' download of the day writes its manifest anew.'
    : ''
  const unknown = findings.some(({ check }) => check === 'unknown-object')
    ? ' Objects that no manifest has stay as they are.'
    : ''
  return `${repairable}${manifest}${unknown}`
}
