import { judgeDay, judgeItem } from '../../ledger/condition.ts'
import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Manifest, ManifestItem } from '../../ledger/manifest.ts'
import { addDays } from '../../market/days.ts'
import { itemKey, type VenueDay } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { QualityRules } from './quality-rules.ts'
import type { VenueDayReport } from './venue-days.ts'

const READ_AT_ONCE = 16
/** Manifests whose rows are remembered: what is read at once, with neighbours on both sides. */
const REMEMBERED_DAYS = 4 * READ_AT_ONCE

/** The rows of a day's items with rows, by `itemKey`; undefined where there is no manifest that can be read. */
type RowsOfDay = ReadonlyMap<string, number> | undefined

/**
 * Manifests as a reader judges them: by rules of their own, and with a look at the neighbouring days. What a manifest records
 * stays where neither says otherwise. Memory: the rows of 64 venue-days.
 */
export class Reviewer {
  readonly rules: QualityRules
  readonly #ledger: Pick<Ledger, 'readManifest'>
  readonly #rows = new Map<string, Promise<RowsOfDay>>()

  constructor(ledger: Pick<Ledger, 'readManifest'>, rules: QualityRules) {
    this.#ledger = ledger
    this.rules = rules
  }

  /** The whole manifest with conditions and reasons of this reader. One that its release did not judge stays as it is. */
  async readManifest(day: VenueDay): Promise<Manifest | undefined> {
    const reading = this.#ledger.readManifest(day)
    this.#remember(day, reading)
    const manifest = await reading
    if (manifest?.conditionVersion === undefined) return manifest
    const items = await Promise.all(manifest.items.map(item => this.#review(item, manifest)))
    return { ...manifest, ...judgeDay(manifest.status !== 'pending', items), items }
  }

  async #review(item: ManifestItem, manifest: Manifest): Promise<ManifestItem> {
    const { venue, date, incidents } = manifest
    const thresholds = this.rules.thresholdsFor(venue, item.dataType)
    const judged = this.rules.areDefault ? item : judgeItem(item, date, incidents, thresholds)
    const reasons = (judged.reasons ?? []).filter(reason => !thresholds.ignore.has(reason))
    const isSuspicious = item.status === 'empty' && (await this.#isSuspicious(item, manifest))
    if (isSuspicious && !thresholds.ignore.has('suspicious-empty')) reasons.push('suspicious-empty')
    const { condition: _, reasons: __, ...rest } = item
    const isJudged = judged.condition === 'available' || judged.condition === 'degraded'
    const condition = isJudged ? (reasons.length > 0 ? 'degraded' : 'available') : judged.condition
    return { ...rest, ...(condition && { condition }), ...(reasons.length > 0 && { reasons }) }
  }

  /** True where each neighbouring day that is recorded, at least one, has enough rows of this item. */
  async #isSuspicious(item: ManifestItem, { venue, date }: Manifest): Promise<boolean> {
    const { neighbourRows } = this.rules.thresholdsFor(venue, item.dataType)
    if (neighbourRows === null) return false
    const days = await Promise.all([-1, 1].map(by => this.#rowsOf({ venue, date: addDays(date, by) })))
    const recorded = days.filter(day => day !== undefined)
    return recorded.length > 0 && recorded.every(day => (day.get(itemKey(item)) ?? 0) >= neighbourRows)
  }

  #rowsOf(day: VenueDay): Promise<RowsOfDay> {
    return this.#rows.get(keyOf(day)) ?? this.#remember(day, this.#ledger.readManifest(day))
  }

  #remember(day: VenueDay, reading: Promise<Manifest | undefined>): Promise<RowsOfDay> {
    const rows = reading.then(rowsByItem, (error: unknown) => {
      // Whoever reads that day itself is told why it cannot be read.
      if (error instanceof LedgerDocumentError) return undefined
      throw error
    })
    // It may fail before anybody waits for it; those who do get the error.
    rows.catch(() => {})
    this.#rows.set(keyOf(day), rows)
    const [oldest] = this.#rows.keys()
    if (this.#rows.size > REMEMBERED_DAYS) this.#rows.delete(oldest!)
    return rows
  }

  /**
   * Venue-days with conditions and reasons of this reader. Reads the whole manifest of those with empty files, or of all
   * where there are rules.
   */
  async review(
    reports: readonly VenueDayReport[],
    onRead?: (done: number, total: number) => void,
  ): Promise<VenueDayReport[]> {
    const reviewed = [...reports]
    const due = [...reports.entries()].filter(([, report]) => this.#isDue(report))
    let done = 0
    const read = async ([at, report]: readonly [number, VenueDayReport]) => {
      const manifest = await orUndefined(this.readManifest(report))
      const { condition, reasons } = manifest ?? {}
      if (condition) reviewed[at] = { ...report, condition, reasons: reasons ?? [] }
      onRead?.(++done, due.length)
    }
    for await (const _ of mapConcurrently(due, READ_AT_ONCE, read));
    return reviewed
  }

  #isDue({ condition, counts }: VenueDayReport): boolean {
    return condition !== undefined && (!this.rules.areDefault || (counts?.empty ?? 0) > 0)
  }
}

const keyOf = ({ venue, date }: VenueDay) => `${venue} ${date}`

function rowsByItem(manifest: Manifest | undefined): RowsOfDay {
  return manifest && new Map(manifest.items.flatMap(item => (item.rows ? [[itemKey(item), item.rows]] : [])))
}

/** A manifest that cannot be read keeps its day's report, which says so. */
async function orUndefined(reading: Promise<Manifest | undefined>): Promise<Manifest | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof LedgerDocumentError) return undefined
    throw error
  }
}
