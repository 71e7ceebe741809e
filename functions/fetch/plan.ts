import { type Incident, SCHEMA_VERSION } from '../ledger/fields.ts'
import { forcedPlanId, shortHash } from '../ledger/forced.ts'
import type { Batch, BatchItem, Plan } from '../ledger/plan.ts'
import { compareItems, type Item, itemKey, type VenueDay } from '../market/items.ts'
import { type Scope, uniteScopes } from '../market/scope.ts'
import { isSelector } from '../market/selector.ts'
import { datasetSymbol, isGrouped } from '../market/symbols.ts'
import type { Generation } from '../storage/bucket.ts'
import type { ExchangeDetails } from '../tardis/exchange.ts'
import { type DatasetRequest, datasetsOn, incidentsOfDay } from '../tardis/items.ts'
import { estimateSourceBytes } from './estimate.ts'
import { resolveSelectors } from './selectors.ts'

export interface Asked {
  readonly scope: Scope
  /** With `force`: the id of the request or its message, so that every delivery finds what the first one planned. */
  readonly forcedBy?: string
  /** With `force`: the generations of the objects that are stored already, by item. */
  readonly present?: ReadonlyMap<string, Generation>
  /** With `upgrade`: the id of the request's message. */
  readonly upgradedBy?: string
}

export interface BatchLimits {
  readonly batchSize: number
  readonly batchMaxBytes: number
}

/**
 * The plan after a request. Pure; the same request again changes nothing. A planned item stays in its batch. Datasets of
 * the united scope that are in no batch come into new batches. A forced request moves the items that it names from the old
 * batches into new ones.
 */
export function growPlan(
  current: Plan | undefined,
  day: VenueDay,
  asked: Asked,
  details: ExchangeDetails,
  limits: BatchLimits,
): Plan {
  const scope = uniteScopes((current?.scope ?? {}) as Scope, asked.scope)
  const find = datasetsOn(details, day.date)
  const exported = isExported(find)
  const before = current?.batches ?? []
  const batches = exported
    ? addMissing(addForced(before, day, asked, find, limits), day, scope, asked, find, limits)
    : before
  const selectors = exported ? resolveSelectors(current?.selectors, [scope, asked.scope], find) : current?.selectors
  return {
    schemaVersion: SCHEMA_VERSION,
    venue: day.venue,
    date: day.date,
    plan: lastGrowth(current, before, batches) ?? shortHash('empty', day),
    status: exported ? 'planned' : 'pending',
    scope: scope as Plan['scope'],
    batches,
    unlisted: exported
      ? unlisted(namedIn(scope, asked.scope, current), scope, find, batches)
      : (current?.unlisted ?? []),
    ...(selectors && { selectors }),
    incidents: reportedIncidents(details, day.date),
  }
}

/** The vendor's datasets of the day of the plan. */
type Find = ReturnType<typeof datasetsOn>

function isExported(find: Find): boolean {
  return !find({ dataTypes: [] }).pending
}

/** The vendor's datasets of a scope that day. Items are named as the vendor's files, so that one file is one item. */
function datasetsOf(scope: Scope, find: Find): Item[] {
  const whole = Object.keys(scope).filter(type => scope[type] === 'all')
  const named = Object.entries(scope).flatMap(([type, symbols]) =>
    symbols === 'all' ? [] : [{ dataTypes: [type], symbols }],
  )
  const requests: DatasetRequest[] = whole.length > 0 ? [{ dataTypes: whole }, ...named] : named
  return requests.flatMap(request =>
    find(request).items.map(({ dataType, symbol }) => ({ dataType, symbol: datasetSymbol(symbol) })),
  )
}

/** The venue's incidents that touch the day, as plans and manifests have them. */
export function reportedIncidents(details: ExchangeDetails, date: string): Incident[] {
  return incidentsOfDay(details, date).map(knownFields)
}

/** An incident without fields that this release does not know, so that two can be compared. */
export function knownFields({ from, to, status, details }: Incident): Incident {
  return to === undefined ? { from, status, details } : { from, to, status, details }
}

function lastGrowth(current: Plan | undefined, before: readonly Batch[], after: readonly Batch[]): string | undefined {
  return after.length > before.length ? after.at(-1)?.plan : current?.plan
}

/** The items that a forced request does again, in order; none if the plan has the batches of the request already. */
export function forcedItems(current: Plan | undefined, day: VenueDay, { scope, forcedBy }: Asked, find: Find): Item[] {
  if (forcedBy === undefined || !isExported(find)) return []
  const plan = forcedPlanId(day, forcedBy)
  if (current?.batches.some(batch => batch.plan === plan)) return []
  return datasetsOf(scope, find).sort(compareItems)
}

function addForced(
  batches: readonly Batch[],
  day: VenueDay,
  asked: Asked,
  find: Find,
  limits: BatchLimits,
): readonly Batch[] {
  if (asked.forcedBy === undefined) return batches
  const plan = forcedPlanId(day, asked.forcedBy)
  if (batches.some(batch => batch.plan === plan)) return batches
  const again = forcedItems(undefined, day, asked, find).map((item): BatchItem => {
    const replaces = asked.present?.get(itemKey(item))
    return replaces === undefined ? item : { ...item, replaces }
  })
  const taken = new Set(again.map(itemKey))
  // An empty batch stays, because its index is used and a message for it must find that nothing is left to do.
  const left = batches.map(batch => ({ ...batch, items: batch.items.filter(item => !taken.has(itemKey(item))) }))
  return [...left, ...cutBatches(again, limits).map((items, index): Batch => ({ plan, index, force: true, items }))]
}

function addMissing(
  batches: readonly Batch[],
  day: VenueDay,
  scope: Scope,
  asked: Asked,
  find: Find,
  limits: BatchLimits,
): Batch[] {
  const planned = new Set(batches.flatMap(batch => batch.items.map(itemKey)))
  // What the request names is looked up by itself too, because "all" leaves out grouped symbols that a request can name.
  const named = Object.entries(asked.scope).flatMap(([type, symbols]) =>
    symbols === 'all' ? [] : [[type, symbols.filter(symbol => !isSelector(symbol))] as const],
  )
  const wanted = [...datasetsOf(scope, find), ...datasetsOf(Object.fromEntries(named), find)]
  const fresh = new Map(wanted.filter(item => !planned.has(itemKey(item))).map(item => [itemKey(item), item]))
  const items = [...fresh.values()].sort(compareItems)
  // No item leaves a plan, so no later growth has the same items: the id is new, and the same for every concurrent writer.
  const plan = shortHash('items', day, items.map(itemKey))
  return [...batches, ...cutBatches(items, limits).map((items, index): Batch => ({ plan, index, items }))]
}

/** Batches of at most `batchSize` items and about `batchMaxBytes`, in the items' order. */
export function cutBatches(items: readonly BatchItem[], { batchSize, batchMaxBytes }: BatchLimits): BatchItem[][] {
  const batches: BatchItem[][] = []
  let bytes = 0
  for (const item of items) {
    const last = batches.at(-1)
    const itemBytes = estimateSourceBytes(item)
    if (last && last.length < batchSize && bytes + itemBytes <= batchMaxBytes) {
      last.push(item)
      bytes += itemBytes
    } else {
      batches.push([item])
      bytes = itemBytes
    }
  }
  return batches
}

/**
 * The items that were requested by symbol. The scope has them, except for grouped symbols of a type that it has as "all":
 * the request names those, or an earlier request did and `unlisted` keeps them.
 */
function namedIn(scope: Scope, asked: Scope, current: Plan | undefined): Item[] {
  const inScope = itemsNamed(scope)
  const groups = [...itemsNamed(asked), ...(current?.unlisted ?? [])].filter(
    ({ dataType, symbol }) => scope[dataType] === 'all' && isGrouped(symbol),
  )
  return [...new Map([...inScope, ...groups].map(item => [itemKey(item), item])).values()]
}

function itemsNamed(scope: Scope): Item[] {
  return Object.entries(scope).flatMap(([dataType, symbols]) =>
    symbols === 'all' ? [] : symbols.map(symbol => ({ dataType, symbol })),
  )
}

/**
 * The named items that the vendor does not have that day, and the selectors that no item of it fits: of the data types that it has for other symbols, because the
 * default types mean "where the venue has it"; of all requested types if it has nothing at all of that symbol.
 */
function unlisted(named: readonly Item[], scope: Scope, find: Find, batches: readonly Batch[]): Item[] {
  if (named.length === 0) return []
  const items = batches.flatMap(batch => batch.items)
  const planned = new Set(items.map(itemKey))
  const symbols = new Set(items.map(({ symbol }) => symbol))
  const hasType = new Map(Object.keys(scope).map(type => [type, datasetsOf({ [type]: 'all' }, find).length > 0]))
  const hasItem = (item: Item) =>
    isSelector(item.symbol)
      ? find({ dataTypes: [item.dataType], symbols: [item.symbol] }).items.length > 0
      : planned.has(itemKey(item))
  return named
    .filter(item => !hasItem(item) && (hasType.get(item.dataType) || !symbols.has(item.symbol)))
    .sort(compareItems)
}
