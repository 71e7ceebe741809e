import { z } from 'zod'
import { decodeDocument } from '../../ledger/document.ts'
import { type Work, work } from '../../ledger/receipt.ts'
import type { Bucket } from '../../storage/bucket.ts'

const receiptWork = z.object({ work })

/** The work that a receipt records. @throws LedgerDocumentError where the document does not fit its schema */
export async function readWork(bucket: Pick<Bucket, 'read'>, name: string): Promise<Work | undefined> {
  const found = await bucket.read(name)
  return found && (workAtEnd(found.data) ?? decodeDocument(receiptWork, name, found.data).work)
}

/**
 * The work without the results before it, which are nearly all of a receipt; undefined where it stands elsewhere, or does
 * not fit its schema. A quote within a JSON string is always escaped, so the mark can only be a key.
 */
function workAtEnd(data: Uint8Array): Work | undefined {
  const at = Buffer.from(data.buffer, data.byteOffset, data.byteLength).lastIndexOf(',"work":{')
  if (at === -1) return undefined
  try {
    const text = new TextDecoder().decode(data.subarray(at + 1))
    return receiptWork.safeParse(JSON.parse(`{${text}`)).data?.work
  } catch {
    return undefined
  }
}
