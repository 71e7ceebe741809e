import { resolve } from 'node:path'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Bucket } from '../../storage/bucket.ts'
import { readQualityRules, rulesOfFile } from '../report/read-quality-rules.ts'
import { Reviewer } from '../report/review.ts'
import { text } from './flags.ts'
import { systemErrorText } from './system-error.ts'

/** The flag of commands that judge venue-days. */
export const QUALITY_FILE = {
  'quality-file': text('FILE', 'thresholds of what counts as degraded (default _ledger/quality.json there)'),
}

interface Given {
  readonly 'quality-file'?: string
}

/** What is wrong with the file that was given. */
export async function qualityFileFaults({ 'quality-file': file }: Given, cwd: string): Promise<string[]> {
  if (file === undefined) return []
  try {
    await rulesOfFile(resolve(cwd, file))
    return []
  } catch (error) {
    return [`--quality-file: ${systemErrorText(error)}`]
  }
}

/** Judges by the rules of that file, or by those that the destination has. */
export async function openReviewer(
  { 'quality-file': file }: Given,
  cwd: string,
  from: { readonly bucket: Bucket; readonly ledger: Ledger; readonly prefix: string },
): Promise<Reviewer> {
  const rules =
    file === undefined ? await readQualityRules(from.bucket, from.prefix) : await rulesOfFile(resolve(cwd, file))
  return new Reviewer(from.ledger, rules)
}
