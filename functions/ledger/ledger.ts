import type { z } from 'zod'
import type { VenueDay } from '../market/items.ts'
import type { Bucket, Generation, StoredObject, WriteOutcome } from '../storage/bucket.ts'
import { manifestName, planName, receiptName } from '../storage/names.ts'
import { check, decodeDocument, encodeDocument, parseJson } from './document.ts'
import { type Manifest, type ManifestSummary, manifest, manifestSummary, summaryText } from './manifest.ts'
import { type Plan, plan } from './plan.ts'
import { type Receipt, receipt } from './receipt.ts'

/** A document with the generation that a write replacing it must expect. */
export interface Versioned<T> {
  readonly document: T
  readonly generation: Generation
}

export interface BatchName extends VenueDay {
  readonly plan: string
  readonly index: number
}

/**
 * The pipeline's memory: plans, receipts and manifests, each one object. Reading gives undefined where there is none
 * and throws LedgerDocumentError where it does not fit its schema; every write is conditional, a conflict is a value,
 * and so repeating any of it is safe. Memory: one document.
 */
export interface Ledger {
  readPlan(day: VenueDay, signal?: AbortSignal): Promise<Versioned<Plan> | undefined>
  /** The id of the plan's last growth, from the object's first bytes. */
  readPlanId(day: VenueDay, signal?: AbortSignal): Promise<string | undefined>
  commitPlan(plan: Plan, expected: Generation, signal?: AbortSignal): Promise<WriteOutcome>
  readReceipt(batch: BatchName, signal?: AbortSignal): Promise<Versioned<Receipt> | undefined>
  commitReceipt(receipt: Receipt, expected: Generation, signal?: AbortSignal): Promise<WriteOutcome>
  readManifest(day: VenueDay, signal?: AbortSignal): Promise<Versioned<Manifest> | undefined>
  /** The manifest without its items, from the object's first bytes: what to use on thousands of venue-days. */
  readSummary(day: VenueDay, signal?: AbortSignal): Promise<ManifestSummary | undefined>
  /** The manifest's bytes unread, to compare with what would be written. */
  readManifestBytes(day: VenueDay, signal?: AbortSignal): Promise<Versioned<Uint8Array> | undefined>
  encodeManifest(manifest: Manifest): Uint8Array
  commitManifestBytes(
    day: VenueDay,
    data: Uint8Array,
    expected: Generation,
    signal?: AbortSignal,
  ): Promise<WriteOutcome>
}

const JSON_TYPE = 'application/json'

const PLAN_ID_BYTES = 512

/** Holds nearly every summary; one with thousands of symbols in its scope is read whole. */
const BEGINNING_BYTES = 16 * 1024

/** The ledger beside `prefix` in a bucket. Holds nothing: open it as often as you like. */
export function openLedger(bucket: Bucket, prefix: string): Ledger {
  async function read<T>(schema: z.ZodType<T>, name: string, signal?: AbortSignal): Promise<Versioned<T> | undefined> {
    const found = await bucket.read(name, signal)
    if (!found) return undefined
    return { document: decodeDocument(schema, name, found.data), generation: found.object.generation }
  }
  function commit<T>(schema: z.ZodType<T>, name: string, document: T, expected: Generation, signal?: AbortSignal) {
    return bucket.write(name, encodeDocument(schema, name, document), expected, jsonWrite(signal))
  }
  const names = {
    plan: (day: VenueDay) => planName(prefix, day),
    receipt: (batch: BatchName) => receiptName(prefix, batch, batch.plan, batch.index),
    manifest: (day: VenueDay) => manifestName(prefix, day),
  }
  return {
    readPlan: (day, signal) => read(plan, names.plan(day), signal),
    async readPlanId(day, signal) {
      const name = names.plan(day)
      const object = await bucket.stat(name, signal)
      const id = object && planIdOf(await readBeginning(bucket, object, PLAN_ID_BYTES, signal))
      return id ?? (object && (await read(plan, name, signal))?.document.plan)
    },
    commitPlan: (document, expected, signal) => commit(plan, names.plan(document), document, expected, signal),
    readReceipt: (batch, signal) => read(receipt, names.receipt(batch), signal),
    commitReceipt: (document, expected, signal) => commit(receipt, names.receipt(document), document, expected, signal),
    readManifest: (day, signal) => read(manifest, names.manifest(day), signal),
    readSummary: (day, signal) => readSummary(bucket, names.manifest(day), signal),
    async readManifestBytes(day, signal) {
      const found = await bucket.read(names.manifest(day), signal)
      return found && { document: found.data, generation: found.object.generation }
    },
    encodeManifest: document => encodeDocument(manifest, names.manifest(document), document),
    commitManifestBytes: (day, data, expected, signal) =>
      bucket.write(names.manifest(day), data, expected, jsonWrite(signal)),
  }
}

async function readSummary(bucket: Bucket, name: string, signal?: AbortSignal): Promise<ManifestSummary | undefined> {
  const object = await bucket.stat(name, signal)
  if (!object) return undefined
  const beginning = await readBeginning(bucket, object, BEGINNING_BYTES, signal)
  const text = (beginning && summaryText(beginning)) ?? (await readWhole(bucket, name, signal))
  return text === undefined ? undefined : check(manifestSummary, name, parseJson(name, text))
}

async function readBeginning(
  bucket: Bucket,
  object: StoredObject,
  bytes: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (object.bytes === 0) return undefined
  const data = await bucket.readRange(object, 0, Math.min(object.bytes, bytes), signal)
  return data && new TextDecoder().decode(data)
}

/** The id as `encodeDocument` puts it; of a plan that begins otherwise, all is read. */
function planIdOf(beginning: string | undefined): string | undefined {
  return /^\{"schemaVersion":1,"venue":"[^"\\]+","date":"[^"\\]+","plan":"([0-9a-f]+)",/.exec(beginning ?? '')?.[1]
}

async function readWhole(bucket: Bucket, name: string, signal?: AbortSignal): Promise<string | undefined> {
  const found = await bucket.read(name, signal)
  if (!found) return undefined
  const text = new TextDecoder().decode(found.data)
  return summaryText(text) ?? text
}

function jsonWrite(signal?: AbortSignal) {
  return signal ? { contentType: JSON_TYPE, signal } : { contentType: JSON_TYPE }
}
