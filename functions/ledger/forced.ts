import { createHash } from 'node:crypto'
import type { VenueDay } from '../market/items.ts'
import { holder, type Scope, selectorsIn } from '../market/scope.ts'
import type { Plan } from './plan.ts'

/** The id of one growth of a venue-day's plan: of its kind and content. */
export function shortHash(kind: string, day: VenueDay, content: unknown = ''): string {
  const text = JSON.stringify([kind, day.venue, day.date, content])
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** The plan id of the batches that do a venue-day again because of `forcedBy`: a message's id, or a kept request's. */
export function forcedPlanId(day: VenueDay, forcedBy: string): string {
  return shortHash('force', day, forcedBy)
}

/**
 * True where a plan has the batches of a forced request already, or nothing that the request names. Not where a selector of
 * the request has not been resolved for the plan: then the request was not planned.
 */
export function isForcedBy(plan: Plan, day: VenueDay, forcedBy: string, scope: Scope): boolean {
  const id = forcedPlanId(day, forcedBy)
  if (plan.batches.some(batch => batch.plan === id)) return true
  const resolved = new Set(plan.selectors?.map(({ selector }) => selector))
  if (selectorsIn(scope).some(({ selector }) => !resolved.has(selector))) return false
  const isOfScope = holder(scope, plan.selectors)
  return !plan.batches.some(({ items }) => items.some(isOfScope))
}
