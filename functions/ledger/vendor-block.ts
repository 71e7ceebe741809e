import { z } from 'zod'
import { fields, instant, SCHEMA_VERSION, schemaVersion } from './fields.ts'

/**
 * The vendor refuses all datasets: its daily quota is used up, or the key is refused. Until its time nothing is
 * downloaded: each batch is acknowledged without work, and schedule brings its venue-day back. A block whose time is over
 * stays as history.
 */
export const vendorBlock = fields({
  schemaVersion,
  reason: z.enum(['quota', 'key']),
  since: instant,
  until: instant,
  /** What the vendor said. */
  detail: z.string(),
  /** Which key was refused, so that another one is tried at once; see `keyIdOf`. Absent where there was none. */
  key: z.string().optional(),
})
export type VendorBlock = z.infer<typeof vendorBlock>

/** One refusal, as it came. */
export interface Refusal extends Pick<VendorBlock, 'reason' | 'detail' | 'key'> {
  readonly untilMs: number
}

/** The block after one more refusal. A block that is in force is only made longer. Pure. */
export function blockedBy(current: VendorBlock | undefined, refusal: Refusal, nowMs: number): VendorBlock {
  const { reason, detail, key, untilMs } = refusal
  const until = new Date(untilMs).toISOString()
  const isOngoing = current !== undefined && isInForce(current, nowMs, key)
  if (isOngoing && current.until >= until) return current
  const since = isOngoing ? current.since : new Date(nowMs).toISOString()
  return { schemaVersion: SCHEMA_VERSION, reason, since, until, detail, ...(key !== undefined && { key }) }
}

/** True where the block forbids downloads at `nowMs` with the key of this id, or with any key where `key` is undefined. */
export function isInForce(block: Pick<VendorBlock, 'until' | 'key'>, nowMs: number, key?: string): boolean {
  const isOther = key !== undefined && block.key !== undefined && block.key !== key
  return !isOther && nowMs < Date.parse(block.until)
}
