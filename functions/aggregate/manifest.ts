import { CONDITION_VERSION, judgeDay, judgeItem } from '../ledger/condition.ts'
import { SCHEMA_VERSION } from '../ledger/fields.ts'
import { type DataTypeSummary, type Manifest, type ManifestItem, toManifestScope } from '../ledger/manifest.ts'
import type { Batch, Plan } from '../ledger/plan.ts'
import type { ItemResult, Receipt } from '../ledger/receipt.ts'
import { countItems, sumItems } from '../ledger/sums.ts'
import { compareItems, type Item, itemKey } from '../market/items.ts'

/**
 * Folds a plan and its receipts into the manifest. Pure; the order of the receipts does not matter. A result counts only in
 * the batch that has its item in the plan, so results from before a forced request are left out.
 */
export function foldManifest(plan: Plan, receipts: Iterable<Receipt>): Manifest {
  const results = resultsByBatch(receipts)
  const entries = plan.batches.flatMap(batch => {
    const ofBatch = results.get(batchKey(batch))
    return batch.items.map(item => ({ item, result: ofBatch?.get(itemKey(item)) }))
  })
  const items = entries
    .map(({ item, result }) => (result ? withoutSeconds(result) : pending(item)))
    .map(item => ({ ...item, ...conditionOf(item, plan) }))
    .sort(compareItems)
  return {
    schemaVersion: SCHEMA_VERSION,
    venue: plan.venue,
    date: plan.date,
    plan: plan.plan,
    status: statusOf(plan, items),
    ...judgeDay(plan.status !== 'pending', items),
    conditionVersion: CONDITION_VERSION,
    scope: toManifestScope(plan.scope),
    counts: countItems(items),
    totals: { ...sumItems(items), seconds: addSeconds(entries.map(({ result }) => result?.seconds ?? 0)) },
    dataTypes: sumByDataType(items),
    converterVersions: countConverters(items),
    incidents: plan.incidents,
    ...(plan.unlisted.length > 0 && { unlisted: plan.unlisted }),
    items,
  }
}

function resultsByBatch(receipts: Iterable<Receipt>): Map<string, Map<string, ItemResult>> {
  const byBatch = new Map<string, Map<string, ItemResult>>()
  for (const receipt of receipts) {
    byBatch.set(batchKey(receipt), new Map(receipt.results.map(result => [itemKey(result), result])))
  }
  return byBatch
}

function batchKey({ plan, index }: Pick<Batch, 'plan' | 'index'>): string {
  return `${plan}/${index}`
}

function withoutSeconds({ seconds: _, ...result }: ItemResult): ManifestItem {
  return result
}

function pending({ symbol, dataType }: Item): ManifestItem {
  return { symbol, dataType, status: 'pending' }
}

/** No list of reasons where there are none: most of a manifest are items that are simply available. */
function conditionOf(item: ManifestItem, { date, incidents }: Plan): Pick<ManifestItem, 'condition' | 'reasons'> {
  const { condition, reasons } = judgeItem(item, date, incidents)
  return { condition, ...(reasons.length > 0 && { reasons: [...reasons] }) }
}

/** Complete: the day is exported, and every item is stored, empty or known to be missing. */
function statusOf(plan: Plan, items: readonly ManifestItem[]): Manifest['status'] {
  if (plan.status === 'pending') return 'pending'
  return items.every(({ status }) => status === 'stored' || status === 'empty' || status === 'missing')
    ? 'complete'
    : 'incomplete'
}

function countConverters(items: readonly ManifestItem[]): NonNullable<Manifest['converterVersions']> {
  const counts = new Map<number, number>()
  for (const { status, converterVersion = 0 } of items) {
    if (status === 'stored' || status === 'empty') counts.set(converterVersion, (counts.get(converterVersion) ?? 0) + 1)
  }
  return [...counts].sort(([a], [b]) => a - b).map(([version, items]) => ({ version, items }))
}

/** The items come in order of data type. */
function sumByDataType(items: readonly ManifestItem[]): DataTypeSummary[] {
  const byType = Map.groupBy(items, item => item.dataType)
  return [...byType].map(([dataType, ofType]) => {
    const { rows, bytes, sourceBytes } = sumItems(ofType)
    const degraded = ofType.filter(item => item.condition === 'degraded').length
    return { dataType, ...countItems(ofType), degraded, rows, bytes, sourceBytes }
  })
}

/** Adds whole milliseconds, because a sum of fractions depends on the order of its parts. */
function addSeconds(parts: readonly number[]): number {
  return parts.reduce((ms, seconds) => ms + Math.round(seconds * 1000), 0) / 1000
}
