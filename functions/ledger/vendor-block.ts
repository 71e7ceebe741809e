import { z } from 'zod'
import { DAY_MS } from '../market/days.ts'
import { fields, instant, SCHEMA_VERSION, schemaVersion } from './fields.ts'

/**
 * Nothing is downloaded until the time of the block: the daily quota is used up, the key is refused, or the vendor does not
 * respond. A block whose time is over stays as history.
 */
export const vendorBlock = fields({
  schemaVersion,
  reason: z.enum(['quota', 'key', 'down']),
  since: instant,
  until: instant,
  /** What the vendor said, or the error where it did not respond. */
  detail: z.string(),
  /** Which key was refused, so that another one is tried at once; see `keyIdOf`. Absent where there was none. */
  key: z.string().optional(),
  /** Until when messages were acknowledged without work at the latest, in this block or an earlier one; see `acknowledges`. */
  acknowledgedUntil: instant.optional(),
  /** When the vendor last refused this key because its daily quota was used up, in this block or an earlier one. */
  quotaEndedAt: instant.optional(),
})
export type VendorBlock = z.infer<typeof vendorBlock>

/** One refusal, as it came. */
export interface Refusal extends Pick<VendorBlock, 'reason' | 'detail' | 'key'> {
  readonly untilMs: number
  /** True where the vendor refused nothing: this installation keeps a limit of its own. */
  readonly isOwnLimit?: boolean
}

/** A vendor that does not respond is asked again after this time. */
export const DOWN_RETRY_MS = 10 * 60_000

/** An outage goes on where a call fails so soon after a block for it: nobody may have called in between. */
const SAME_OUTAGE_MS = 15 * 60_000

/** For so long the messages of an outage are left to Pub/Sub: up to 16 of their deliveries, with a backoff of 10 minutes. */
const LONG_OUTAGE_MS = 2 * 60 * 60_000

/** The block after one more refusal. A block that is in force is only made longer. Pure. */
export function blockedBy(current: VendorBlock | undefined, refusal: Refusal, nowMs: number): VendorBlock {
  const { reason, detail, key, untilMs } = refusal
  const until = new Date(untilMs).toISOString()
  const isOngoing =
    current !== undefined && (isInForce(current, nowMs, key) || (reason === 'down' && isOngoingOutage(current, nowMs)))
  if (isOngoing && current.until >= until) return current
  const since = isOngoing && current.reason === reason ? current.since : new Date(nowMs).toISOString()
  const next = { schemaVersion: SCHEMA_VERSION, reason, since, until, detail, ...(key !== undefined && { key }) }
  const acknowledgedUntil = acknowledges(next) ? until : acknowledgedUntilOf(current)
  const quotaEndedAt = quotaEndedAtOf(current, refusal, nowMs)
  return {
    ...next,
    ...(acknowledgedUntil !== undefined && { acknowledgedUntil }),
    ...(quotaEndedAt !== undefined && { quotaEndedAt }),
  }
}

function quotaEndedAtOf(current: VendorBlock | undefined, refusal: Refusal, nowMs: number): string | undefined {
  const { reason, key, isOwnLimit = false } = refusal
  if (reason === 'quota' && !isOwnLimit) return new Date(nowMs).toISOString()
  return current && !isOfAnotherKey(current, key) ? current.quotaEndedAt : undefined
}

/**
 * True from the moment when the vendor's daily quota ended to the end of the next UTC day. What the account may download is
 * then bound by its quota, and not by how fast it is asked.
 */
export function isBoundByQuota(
  block: Pick<VendorBlock, 'quotaEndedAt' | 'key'>,
  nowMs: number,
  key: string | undefined,
): boolean {
  if (block.quotaEndedAt === undefined || isOfAnotherKey(block, key)) return false
  return Math.floor(nowMs / DAY_MS) - Math.floor(Date.parse(block.quotaEndedAt) / DAY_MS) <= 1
}

/** True where a call that fails at `nowMs` belongs to the outage that the block is for. */
export function isOngoingOutage({ reason, until }: Pick<VendorBlock, 'reason' | 'until'>, nowMs: number): boolean {
  return reason === 'down' && nowMs - Date.parse(until) < SAME_OUTAGE_MS
}

/** True where the block forbids downloads at `nowMs` with the key of this id, or with any key where `key` is undefined. */
export function isInForce(block: Pick<VendorBlock, 'until' | 'key'>, nowMs: number, key?: string): boolean {
  return !isOfAnotherKey(block, key) && nowMs < Date.parse(block.until)
}

function isOfAnotherKey(block: Pick<VendorBlock, 'key'>, key: string | undefined): boolean {
  return key !== undefined && block.key !== undefined && block.key !== key
}

/**
 * True where messages are acknowledged without work while the block is in force, and schedule brings their venue-days back.
 * In the first hours of an outage they are rejected instead, so that Pub/Sub delivers them again as soon as it is over.
 */
export function acknowledges({ reason, since, until }: Pick<VendorBlock, 'reason' | 'since' | 'until'>): boolean {
  return reason !== 'down' || Date.parse(until) - Date.parse(since) >= LONG_OUTAGE_MS
}

/** Until when messages were acknowledged without work at the latest; undefined if none were. */
export function acknowledgedUntilOf(
  block: Pick<VendorBlock, 'reason' | 'since' | 'until' | 'acknowledgedUntil'> | undefined,
): string | undefined {
  if (block === undefined) return undefined
  return acknowledges(block) ? block.until : block.acknowledgedUntil
}
