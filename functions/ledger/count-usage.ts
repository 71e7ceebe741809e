import { SCHEMA_VERSION } from './fields.ts'
import type { Ledger } from './ledger.ts'
import type { UpdateOptions } from './update.ts'
import type { VendorUsage } from './vendor-usage.ts'

/** @returns the bytes of the day, of all processes. A write whose response is lost counts twice, which is on the safe side. */
export async function addUsage(
  ledger: Pick<Ledger, 'update'>,
  date: string,
  bytes: number,
  options: UpdateOptions,
): Promise<number> {
  const add = (current: VendorUsage | undefined) => ({
    schemaVersion: SCHEMA_VERSION,
    date,
    bytes: (current?.bytes ?? 0) + bytes,
  })
  const updated = await ledger.update('vendorUsage', date, add, options)
  return updated.document.bytes
}

/** The same bytes, each chunk counted as it passes. */
export async function* counted(
  body: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    onBytes(chunk.byteLength)
    yield chunk
  }
}
