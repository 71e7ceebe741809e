import { openLedger } from '../ledger/ledger.ts'
import { type Delivery, rejected } from '../ledger/rejected.ts'
import type { VenueDay } from '../market/items.ts'
import { MAX_NAMED_ITEMS, scopeOf } from '../market/scope.ts'
import { selectorsOf } from '../market/selector.ts'
import { parseVenueDay, type VenueDayMessage } from '../pubsub/messages.ts'
import type { Services } from '../services.ts'
import { VendorRefusedError } from '../tardis/refusal.ts'
import { CONVERTER_VERSION } from '../ticks/convert.ts'
import { startBatchTime } from './batch-time.ts'
import { type IncidentsReport, refreshIncidents } from './incidents.ts'
import { type PlanReport, planVenueDay } from './plan-venue-day.ts'
import { rememberMessage, rememberPlan } from './remember.ts'
import { type BatchReport, runBatch } from './run-batch.ts'
import { throwIfDown } from './vendor-down.ts'

export type FetchOutcome =
  | ({ readonly outcome: 'planned' } & PlanReport)
  | ({ readonly outcome: 'batch' } & BatchReport)
  | { readonly outcome: 'unknown-batch' }
  | ({ readonly outcome: 'incidents' } & IncidentsReport)
  /** Nothing was planned or compared, because the vendor refuses everything or does not respond: schedule brings the venue-day back. */
  | { readonly outcome: 'blocked' }
  | { readonly outcome: 'rejected'; readonly reason: string }

/**
 * Receives a venue-day: plans it, works on one of its batches, or compares incidents. Resolving acknowledges the message, rejecting asks for
 * it again. Safe to run any number of times, at once and in any order.
 */
export async function handleVenueDay(delivery: Delivery, services: Services): Promise<FetchOutcome> {
  const parsed = parseVenueDay(delivery.data)
  if (!parsed.ok) return rejected(parsed)
  const { venue, date, batch } = parsed.message
  const log = services.log.child({ venue, date, ...(batch && { plan: batch.plan, index: batch.index }) })
  if (batch) return fetchBatch({ venue, date }, batch, { ...services, log })
  if (parsed.message.incidentsSince !== undefined) {
    return compareIncidents(venue, parsed.message.incidentsSince, date, { ...services, log })
  }
  // On a laptop what is done again is planned all the same, because nobody would ask for it again.
  const { force, upgrade } = parsed.message
  const waits = services.openRequests !== undefined || (!force && !upgrade)
  const remember = () => rememberMessage(parsed.message, delivery.id, { ...services, log })
  const block = await services.guard.look(services, services.signal)
  throwIfDown(block)
  if (waits && block) {
    await remember()
    return { outcome: 'blocked' }
  }
  const asked = askedBy(parsed.message, delivery, services)
  const planned = await planVenueDay({ venue, date }, asked, { ...services, log }).catch(async error => {
    await services.guard.failed(error, services)
    if (error instanceof VendorRefusedError) await services.guard.refused(error, services)
    const block = services.guard.inForce()
    throwIfDown(block)
    if (!waits || !block) throw error
    await services.guard.recorded(services)
    await remember()
  })
  if (!planned) return { outcome: 'blocked' }
  if (planned.kind === 'unknown-venue') {
    return { outcome: 'rejected', reason: `the vendor knows no venue ${JSON.stringify(venue)}: ${planned.detail}` }
  }
  if (planned.kind === 'too-many-items') {
    const reason = `with it the venue-day would have more than ${MAX_NAMED_ITEMS} items by name (data types × symbols), or too many selectors, expected at most that many; leave symbols out to ask for all`
    return { outcome: 'rejected', reason }
  }
  return { outcome: 'planned', ...planned.report }
}

function askedBy(
  { dataTypes, force, upgrade, request, ...selection }: VenueDayMessage,
  { id }: Delivery,
  { config }: Services,
) {
  const scope = scopeOf(dataTypes ?? config.dataTypes, selectorsOf(selection))
  // What is done again by force needs no upgrade.
  // A kept request is published again until it is complete; what it forces is done again once.
  if (force) return { scope, forcedBy: request ?? id }
  return upgrade ? { scope, upgradedBy: id } : { scope }
}

/**
 * Compares incidents. Where the vendor cannot be asked, or does not know the venue any more, it is left to the next
 * scheduled run. A used-up quota or a refused key is for files: the vendor says what it has all the same.
 */
async function compareIncidents(
  venue: string,
  firstDay: string,
  lastDay: string,
  services: Services,
): Promise<FetchOutcome> {
  const { guard, log } = services
  const block = await guard.look(services, services.signal)
  if (block?.reason === 'down') return { outcome: 'blocked' }
  try {
    const report = await refreshIncidents(venue, { firstDay, lastDay }, services)
    if (report) return { outcome: 'incidents', ...report }
    log.warn('Tardis does not know the venue any more, its incidents are not compared')
    return { outcome: 'incidents', days: 0, changed: 0 }
  } catch (error) {
    await guard.failed(error, services)
    if (!(error instanceof VendorRefusedError)) throw error
    log.warn('Tardis refuses to say what it has, incidents are not compared', { error })
    return { outcome: 'blocked' }
  }
}

async function fetchBatch(
  day: VenueDay,
  { plan, index, copied }: NonNullable<VenueDayMessage['batch']>,
  services: Services,
): Promise<FetchOutcome> {
  using time = startBatchTime(services.config.deadlineMs, services.clock, services.signal)
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  const stored = await ledger.readPlan(day, time.whole.signal)
  const batch = stored?.batches.find(candidate => candidate.plan === plan && candidate.index === index)
  if (!batch) {
    // A plan is written before its batches are published and loses none, so a later delivery would not find it either.
    services.log.error('message for a batch that is in no plan: nothing to do', { found: stored?.plan })
    return { outcome: 'unknown-batch' }
  }
  if ((batch.upgrade ?? 0) > CONVERTER_VERSION) {
    const versions = `to converter version ${batch.upgrade}, this release has version ${CONVERTER_VERSION}`
    throw new Error(`batch ${plan}/${index} upgrades ${versions}; it comes again, deploy the release that planned it`)
  }
  const report = await runBatch(day, batch, services, time, copied)
  if (report.blocked) await rememberPlan(stored!, services)
  return { outcome: 'batch', ...report }
}
