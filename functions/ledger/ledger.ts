import type { z } from 'zod'
import type { VenueDay } from '../market/items.ts'
import type { Bucket, Generation } from '../storage/bucket.ts'
import {
  endedRequestsName,
  manifestName,
  parseRequestName,
  planName,
  receiptName,
  requestName,
  requestsPrefix,
  vendorBlockName,
  vendorInstrumentsName,
  vendorUsageName,
} from '../storage/names.ts'
import { check, decodeDocument, LedgerDocumentError } from './document.ts'
import { type EndedRequests, endedRequests } from './ended-requests.ts'
import { type Manifest, type ManifestSummary, manifest, manifestSummary, summaryText } from './manifest.ts'
import { type Plan, plan } from './plan.ts'
import { type Receipt, receipt } from './receipt.ts'
import { type KeptRequest, keptRequest } from './request.ts'
import { type DocumentPlace, type Updated, type UpdateOptions, updateDocument } from './update.ts'
import { type VendorBlock, vendorBlock } from './vendor-block.ts'
import { type VendorInstruments, vendorInstruments } from './vendor-instruments.ts'
import { type VendorUsage, vendorUsage } from './vendor-usage.ts'

export interface BatchName extends VenueDay {
  readonly plan: string
  readonly index: number
}

export interface Documents {
  readonly plan: Plan
  readonly receipt: Receipt
  readonly manifest: Manifest
  readonly vendorBlock: VendorBlock
  readonly vendorUsage: VendorUsage
  readonly vendorInstruments: VendorInstruments
  readonly request: KeptRequest
  readonly endedRequests: EndedRequests
}
export interface DocumentNames {
  readonly plan: VenueDay
  readonly receipt: BatchName
  readonly manifest: VenueDay
  readonly vendorBlock: 'vendor'
  /** By UTC day. */
  readonly vendorUsage: string
  readonly vendorInstruments: VenueDay
  /** By id. */
  readonly request: string
  readonly endedRequests: 'requests'
}

export interface ListedRequest {
  readonly id: string
  readonly generation: Generation
}

/**
 * The pipeline's memory: plans, receipts, manifests, kept requests and the vendor's refusals, each one object. Reading
 * returns undefined where there is none, and throws LedgerDocumentError where the document does not fit its schema. Every
 * write is conditional and safe to repeat. Memory: one document.
 */
export interface Ledger {
  readPlan(day: VenueDay, signal?: AbortSignal): Promise<Plan | undefined>
  /** The id of the plan's last growth, from the object's first bytes. */
  readPlanId(day: VenueDay, signal?: AbortSignal): Promise<string | undefined>
  readReceipt(batch: BatchName, signal?: AbortSignal): Promise<Receipt | undefined>
  readManifest(day: VenueDay, signal?: AbortSignal): Promise<Manifest | undefined>
  /** The manifest without its items, from the object's first bytes: for thousands of venue-days. */
  readSummary(day: VenueDay, signal?: AbortSignal): Promise<ManifestSummary | undefined>
  /** The last refusal of the vendor, in force or not; undefined also for a document that is damaged. */
  readVendorBlock(signal?: AbortSignal): Promise<VendorBlock | undefined>
  /** What the vendor said of the instruments when they were requested; undefined also for a document that is damaged. */
  readVendorInstruments(day: VenueDay, signal?: AbortSignal): Promise<VendorInstruments | undefined>
  readRequest(id: string, signal?: AbortSignal): Promise<KeptRequest | undefined>
  /** All kept requests, also those that are complete or given up, in order of id. */
  listRequests(signal?: AbortSignal): AsyncIterable<ListedRequest>
  /** Which of them are complete or given up, as far as it is noted; undefined also for a document that is damaged. */
  readEndedRequests(signal?: AbortSignal): Promise<EndedRequests | undefined>
  /**
   * Reads, changes and writes one document, as `updateDocument` does. A manifest or a vendor block that cannot be read is
   * replaced.
   */
  update<K extends keyof Documents, N extends Documents[K] | undefined>(
    kind: K,
    name: DocumentNames[K],
    change: (current: Documents[K] | undefined) => N | Promise<N>,
    options: UpdateOptions,
  ): Promise<Updated<Documents[K]> | (N & undefined)>
}

const PLAN_ID_BYTES = 512

/** Enough for nearly every summary. A manifest with thousands of symbols in its scope is read whole. */
const BEGINNING_BYTES = 16 * 1024

/** The ledger beside `prefix` in a bucket. Holds nothing: open it as often as you like. */
export function openLedger(bucket: Bucket, prefix: string): Ledger {
  const places: { [K in keyof Documents]: (name: DocumentNames[K]) => DocumentPlace<Documents[K]> } = {
    plan: day => placeOf(planName(prefix, day), plan),
    receipt: batch => placeOf(receiptName(prefix, batch, batch.plan, batch.index), receipt),
    manifest: day => replaceable(placeOf(manifestName(prefix, day), manifest)),
    request: id => placeOf(requestName(prefix, id), keptRequest),
    endedRequests: () => replaceable(placeOf(endedRequestsName(prefix), endedRequests)),
    vendorUsage: date => replaceable(placeOf(vendorUsageName(prefix, date), vendorUsage)),
    vendorInstruments: day => replaceable(placeOf(vendorInstrumentsName(prefix, day), vendorInstruments)),
    vendorBlock: () => replaceable(placeOf(vendorBlockName(prefix), vendorBlock)),
  }
  async function read<T>({ name, schema }: DocumentPlace<T>, signal?: AbortSignal): Promise<T | undefined> {
    const found = await bucket.read(name, signal)
    return found && decodeDocument(schema, name, found.data)
  }
  async function readReplaceable<T>({ name, decode }: DocumentPlace<T>, signal?: AbortSignal): Promise<T | undefined> {
    const found = await bucket.read(name, signal)
    return found && decode(found.data)
  }
  return {
    readPlan: (day, signal) => read(places.plan(day), signal),
    async readPlanId(day, signal) {
      const place = places.plan(day)
      const beginning = await bucket.readBeginning(place.name, PLAN_ID_BYTES, signal)
      return beginning && (planIdOf(textOf(beginning)) ?? (await read(place, signal))?.plan)
    },
    readReceipt: (batch, signal) => read(places.receipt(batch), signal),
    readManifest: (day, signal) => read(places.manifest(day), signal),
    readSummary: (day, signal) => readSummary(bucket, manifestName(prefix, day), signal),
    readRequest: (id, signal) => read(places.request(id), signal),
    async *listRequests(signal) {
      for await (const { name, generation } of bucket.list(requestsPrefix(prefix), signal)) {
        const id = parseRequestName(prefix, name)
        if (id !== undefined) yield { id, generation }
      }
    },
    readEndedRequests: signal => readReplaceable(places.endedRequests('requests'), signal),
    readVendorInstruments: (day, signal) => readReplaceable(places.vendorInstruments(day), signal),
    readVendorBlock: signal => readReplaceable(places.vendorBlock('vendor'), signal),
    update: (kind, name, change, options) => updateDocument(bucket, places[kind](name), change, options),
  }
}

function placeOf<T>(name: string, schema: z.ZodType<T>): DocumentPlace<T> {
  return { name, schema, decode: data => decodeDocument(schema, name, data) }
}

/** A document that is written anew where it is damaged, because it follows from others. A newer release's one is not. */
function replaceable<T>(place: DocumentPlace<T>): DocumentPlace<T> {
  return {
    ...place,
    decode(data) {
      try {
        return place.decode(data)
      } catch (error) {
        if (!(error instanceof LedgerDocumentError) || error.isNewer) throw error
        return undefined
      }
    },
  }
}

async function readSummary(bucket: Bucket, name: string, signal?: AbortSignal): Promise<ManifestSummary | undefined> {
  const beginning = await bucket.readBeginning(name, BEGINNING_BYTES, signal)
  if (!beginning) return undefined
  const summary = jsonOf(summaryText(textOf(beginning)))
  if (summary !== undefined) return check(manifestSummary, name, summary)
  // The beginning is too short, or a newer release's fields in it look like the items.
  const found = await bucket.read(name, signal)
  return found && decodeDocument(manifestSummary, name, found.data)
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** The id as `encodeDocument` writes it; undefined for a plan that begins otherwise. */
function planIdOf(beginning: string): string | undefined {
  return /^\{"schemaVersion":1,"venue":"[^"\\]+","date":"[^"\\]+","plan":"([0-9a-f]+)",/.exec(beginning)?.[1]
}
