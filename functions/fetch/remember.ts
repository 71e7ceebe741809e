import { openLedger } from '../ledger/ledger.ts'
import type { Plan } from '../ledger/plan.ts'
import { type Asked, type KeptRequest, openedBy, requestIdOf } from '../ledger/request.ts'
import { addDays, dayOf } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import { covers, type Scope, scopeOf } from '../market/scope.ts'
import { selectionOf, selectionsOf, selectorsOf } from '../market/selector.ts'
import type { VenueDayMessage } from '../pubsub/messages.ts'
import type { Services } from '../services.ts'

type RememberServices = Pick<Services, 'bucket' | 'clock' | 'config' | 'log' | 'openRequests' | 'random' | 'signal'>

/**
 * Keeps a request for what a venue-day's message asks, before the message is acknowledged without work: a person may have
 * published it. Nothing is kept where schedule brings the venue-day back anyway, as one of the last days or as a part of an
 * open request. Safe to run twice: the same message makes the same request. Rejects where the bucket fails.
 */
export async function rememberMessage(message: VenueDayMessage, id: string, services: RememberServices): Promise<void> {
  const { venue, date, force, upgrade, request } = message
  if (!services.openRequests || request !== undefined) return
  const dataTypes = [...(message.dataTypes ?? services.config.dataTypes)]
  const scope = scopeOf(dataTypes, selectorsOf(message))
  const asked: Asked = {
    ...{ venues: [venue], startDate: date, endDate: date, dataTypes },
    ...selectionOf(message),
    ...(force && { force }),
    ...(upgrade && { upgrade }),
  }
  const again = force || upgrade
  const isOfLastDays = !again && covers(scopeOf(services.config.dataTypes), scope, () => false)
  const isOf = ({ asked }: KeptRequest) =>
    !again && covers(scopeOf(asked.dataTypes, selectorsOf(asked)), scope, () => false)
  if (await comesBack({ venue, date }, isOfLastDays, isOf, services)) return
  await keep(asked, id, services)
}

/** The same for a batch: whatever brings its venue-day back publishes its batches that are not done. */
export async function rememberPlan({ venue, date, scope }: Plan, services: RememberServices): Promise<void> {
  if (!services.openRequests || (await comesBack({ venue, date }, true, () => true, services))) return
  for (const part of partsOf(scope as Scope)) {
    await keep({ venues: [venue], startDate: date, endDate: date, ...part }, '', services)
  }
}

/** A request chooses the same symbols for all of its data types. */
function partsOf(scope: Scope): Omit<Asked, 'venues' | 'startDate' | 'endDate'>[] {
  const alike = Map.groupBy(Object.entries(scope), ([, symbols]) => JSON.stringify(symbols))
  return [...alike.values()].flatMap(entries => {
    const dataTypes = entries.map(([type]) => type)
    const symbols = entries[0]![1]
    return symbols === 'all' ? [{ dataTypes }] : selectionsOf(symbols).map(one => ({ dataTypes, ...selectionOf(one) }))
  })
}

async function comesBack(
  { venue, date }: VenueDay,
  isOfLastDays: boolean,
  isOf: (request: KeptRequest) => boolean,
  services: RememberServices,
): Promise<boolean> {
  const { bucket, clock, config, openRequests, signal } = services
  const firstDay = addDays(dayOf(clock.now()), -config.lookbackDays)
  if (isOfLastDays && config.venues.includes(venue) && date >= firstDay) return true
  const has = ({ asked, openUntil }: KeptRequest) =>
    asked.venues.includes(venue) && asked.startDate <= date && date <= openUntil
  const found = (request: KeptRequest) => has(request) && isOf(request)
  return (await openRequests?.find(openLedger(bucket, config.gcsPrefix), found, signal)) !== undefined
}

async function keep(asked: Asked, messageId: string, services: RememberServices): Promise<void> {
  const { bucket, clock, config, log } = services
  const id = requestIdOf(asked, messageId)
  // Commit point of the request: the next scheduled run publishes it.
  await openLedger(bucket, config.gcsPrefix).update(
    'request',
    id,
    current => openedBy(current, id, asked, clock.now()),
    services,
  )
  log.info('kept as a request until Tardis can be asked again', { request: id })
}
