import assert from 'node:assert/strict'
import { foldManifest } from '../../../functions/aggregate/manifest.ts'
import { type Manifest, manifest as manifestSchema } from '../../../functions/ledger/manifest.ts'
import type { Plan } from '../../../functions/ledger/plan.ts'
import { isSettled, type Receipt } from '../../../functions/ledger/receipt.ts'
import { itemKey } from '../../../functions/market/items.ts'
import type { StoredObject } from '../../../functions/storage/bucket.ts'
import { readFooterMetadata } from '../../../functions/ticks/parquet/footer.ts'
import { CONVERTER_VERSION } from '../../../functions/ticks/parquet/metadata.ts'

/** A sentence of the promise that did not hold. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

/** Watches every object of one day that becomes visible, and knows all that ever were. */
export class DayInvariants {
  readonly #ledger: string
  readonly #data: string
  readonly #objects = new Map<string, StoredObject>()
  /** Every generation that a data object had. */
  readonly #generations = new Map<string, StoredObject>()
  /** Every result that any receipt has told, by item and generation. */
  readonly #told = new Set<string>()
  /** The converter version of every data object that is there. */
  readonly #versions = new Map<string, number>()
  readonly #isForced: boolean
  #manifest: Manifest | undefined
  #plan: Plan | undefined
  readonly #receipts = new Map<string, Receipt>()
  broken: Broken | undefined

  /** @param isForced somebody asks for what is there already */
  constructor(date: string, isForced: boolean) {
    this.#ledger = `_ledger/venue=binance/date=${date}/`
    this.#data = `ticks/data_type=trades/venue=binance/date=${date}/`
    this.#isForced = isForced
  }

  /** True for the objects of this day. */
  has(name: string): boolean {
    return name.startsWith(this.#ledger) || name.startsWith(this.#data)
  }

  /** Looks at what has just become visible. The first thing that does not hold stays in `broken`. */
  see(object: StoredObject, data: Uint8Array): void {
    try {
      this.#see(object, data)
    } catch (error) {
      this.broken ??= new Broken(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }

  #see(object: StoredObject, data: Uint8Array): void {
    const { name } = object
    this.#objects.set(name, object)
    if (name.startsWith(this.#data)) this.#seeData(object, data)
    else if (name === `${this.#ledger}plan.json`) this.#seePlan(JSON.parse(String(data)))
    else if (name.startsWith(`${this.#ledger}receipts/`))
      this.#seeReceipt(name, JSON.parse(Buffer.from(data).toString()))
    else if (name === `${this.#ledger}manifest.json`) this.#seeManifest(JSON.parse(Buffer.from(data).toString()))
    else assert.fail(`an object where none belongs: ${name}`)
  }

  /** What this converter version wrote is done again by force alone. */
  #seeData(object: StoredObject, data: Uint8Array): void {
    const { name } = object
    const id = `${name}#${object.generation}`
    // A commit whose answer was lost is heard of twice.
    if (this.#generations.has(id)) return
    this.#generations.set(id, object)
    const footer = readFooterMetadata(data)
    const version = 'converterVersion' in footer ? (footer.converterVersion ?? 0) : 0
    const isAgain = this.#versions.get(name) === CONVERTER_VERSION
    this.#versions.set(name, version)
    assert.ok(this.#isForced || !isAgain, `converted again without being asked to: ${name}`)
  }

  /** A plan only grows, and each item stands in one batch. */
  #seePlan(plan: Plan): void {
    const keys = plan.batches.flatMap(batch => batch.items.map(itemKey))
    assert.equal(new Set(keys).size, keys.length, 'an item is in two batches')
    for (const batch of this.#plan?.batches ?? []) {
      const same = plan.batches.some(other => other.plan === batch.plan && other.index === batch.index)
      assert.ok(same, `the plan lost batch ${batch.plan}/${batch.index}`)
      for (const item of batch.items) assert.ok(keys.includes(itemKey(item)), `the plan lost ${itemKey(item)}`)
    }
    this.#plan = plan
  }

  /** Data before receipt; and no receipt forgets what one before it had settled. */
  #seeReceipt(name: string, receipt: Receipt): void {
    for (const result of receipt.results) {
      if (!('object' in result)) continue
      const { object, generation, bytes, crc32c } = result
      const found = this.#generations.get(`${object}#${generation}`)
      assert.ok(found, `data before receipt: ${name} tells of ${object}#${generation}, which was never there`)
      assert.deepEqual({ bytes, crc32c }, { bytes: found.bytes, crc32c: found.crc32c }, `${name} tells untruths`)
      this.#told.add(`${object}#${generation}`)
    }
    const settled = new Set(receipt.results.filter(isSettled).map(itemKey))
    for (const result of this.#receipts.get(name)?.results.filter(isSettled) ?? [])
      assert.ok(settled.has(itemKey(result)), `${name} lost ${itemKey(result)}`)
    this.#receipts.set(name, receipt)
  }

  /** Receipt before manifest; a manifest says only what is so, and no less than the one before it. */
  #seeManifest(manifest: Manifest): void {
    for (const item of manifest.items) {
      if (item.object === undefined) continue
      const id = `${item.object}#${item.generation}`
      assert.ok(this.#told.has(id), `receipt before manifest: no receipt has told of ${id}`)
      const now = this.#objects.get(item.object)
      assert.ok(
        now && BigInt(now.generation) >= BigInt(item.generation!),
        `the manifest lists ${id}, which is not there`,
      )
    }
    const before = this.#manifest
    if (before?.plan === manifest.plan) {
      const items = new Map(manifest.items.map(item => [itemKey(item), item]))
      for (const item of before.items.filter(item => item.object !== undefined)) {
        const now = items.get(itemKey(item))
        const kept = now?.generation !== undefined && BigInt(now.generation) >= BigInt(item.generation!)
        assert.ok(kept, `lost update: a manifest forgot ${item.object}#${item.generation}`)
      }
    }
    this.#manifest = manifest
  }

  get isPlanned(): boolean {
    return this.#plan !== undefined
  }

  /** Where nothing is under way any more, the manifest is what plan and receipts say, and what it lists is what is there. */
  atRest(): void {
    if (this.broken) throw this.broken
    assert.ok(this.#plan && this.#manifest, 'lost: there is no plan or no manifest')
    const folded = manifestSchema.parse(foldManifest(this.#plan, this.#receipts.values()))
    assert.deepEqual(this.#manifest, folded, 'lost: the manifest is not what plan and receipts say')
    for (const { object, generation } of this.#manifest.items)
      if (object !== undefined) assert.equal(this.#objects.get(object)?.generation, generation, `${object} is another`)
  }

  get manifest(): Manifest | undefined {
    return this.#manifest
  }
}
