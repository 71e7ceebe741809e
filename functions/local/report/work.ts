import { z } from 'zod'
import { decodeDocument } from '../../ledger/document.ts'
import { type Work, work } from '../../ledger/receipt.ts'
import type { Bucket } from '../../storage/bucket.ts'

const receiptWork = z.object({ work })

/** The work that a receipt records. @throws LedgerDocumentError where the document does not fit its schema */
export async function readWork(bucket: Pick<Bucket, 'read'>, name: string): Promise<Work | undefined> {
  const found = await bucket.read(name)
  return found && decodeDocument(receiptWork, name, found.data).work
}
