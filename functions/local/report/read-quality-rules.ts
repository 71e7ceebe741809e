import { readFile } from 'node:fs/promises'
import { decodeDocument } from '../../ledger/document.ts'
import type { Bucket } from '../../storage/bucket.ts'
import { qualityRulesName } from '../../storage/names.ts'
import { QualityRules, qualityRules } from './quality-rules.ts'

/** The rules that a destination has beside its manifests; none where there is no such object. @throws LedgerDocumentError */
export async function readQualityRules(bucket: Bucket, prefix: string): Promise<QualityRules> {
  const name = qualityRulesName(prefix)
  const found = await bucket.read(name)
  return found ? rulesOf(name, found.data) : new QualityRules()
}

/** The rules of a file. @throws LedgerDocumentError, or the error of the file system */
export async function rulesOfFile(path: string): Promise<QualityRules> {
  return rulesOf(path, await readFile(path))
}

function rulesOf(name: string, data: Uint8Array): QualityRules {
  return new QualityRules(decodeDocument(qualityRules, name, data).rules)
}
