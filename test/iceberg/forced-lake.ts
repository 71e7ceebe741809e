import { readManifestFile, readManifests } from '../../functions/iceberg/draft.ts'
import { draftPlace, type TableServices } from '../../functions/iceberg/refresh-days.ts'
import { encodeDocument } from '../../functions/ledger/document.ts'
import { plan } from '../../functions/ledger/plan.ts'
import type { VenueDay } from '../../functions/market/items.ts'
import { ABSENT, type Bucket } from '../../functions/storage/bucket.ts'
import { dataObjectName, planName } from '../../functions/storage/names.ts'
import { manifestOf, PREFIX, record, type Stored } from './lake.ts'

/** Objects of so many rows have four bytes each, as `manifestOf` records them; `rows` tells their versions apart. */
export async function putData(bucket: Bucket, day: VenueDay, stored: readonly Stored[]): Promise<void> {
  for (const { dataType = 'trades', symbols, rows = 10 } of stored) {
    for (const symbol of symbols) {
      const name = dataObjectName(PREFIX, { ...day, dataType, symbol })
      const { generation = ABSENT } = (await bucket.stat(name)) ?? {}
      await bucket.write(name, Buffer.from(String(rows).padEnd(rows * 4)), generation, { contentType: 'parquet' })
    }
  }
}

/** The plan of a venue-day grows by a forced batch with these items, which are in no other batch then. */
export async function force(bucket: Bucket, day: VenueDay, planId: string, stored: readonly Stored[]): Promise<void> {
  const name = planName(PREFIX, day)
  const items = stored.flatMap(({ dataType = 'trades', symbols }) => symbols.map(symbol => ({ dataType, symbol })))
  const document = {
    ...{ schemaVersion: 1, ...day, plan: planId, status: 'planned', scope: { trades: 'all' } },
    ...{ batches: [{ plan: planId, index: 0, force: true, items }], unlisted: [], incidents: [] },
  } as const
  const { generation = ABSENT } = (await bucket.stat(name)) ?? {}
  const data = encodeDocument(plan, name, {
    ...document,
    scope: { trades: 'all' },
    batches: [...document.batches],
  } as never)
  await bucket.write(name, data, generation, { contentType: 'application/json' })
}

/** Data and manifest of a venue-day that is complete for a plan. */
export async function store(bucket: Bucket, day: VenueDay, stored: readonly Stored[], planId?: string): Promise<void> {
  await putData(bucket, day, stored)
  const manifest = manifestOf(day, stored)
  await record(bucket, planId === undefined ? manifest : { ...manifest, plan: planId })
}

/**
 * What a reader gets from each kept snapshot of a table: the content of every file by its address, or how it differs from
 * what the snapshot says. The oldest snapshot first.
 */
export async function readSnapshots(services: TableServices, dataType = 'trades'): Promise<Map<string, string>[]> {
  const loaded = await services.catalog.load(dataType)
  const at = draftPlace(dataType, services)
  const snapshots: Map<string, string>[] = []
  for (const snapshot of loaded?.table.snapshots ?? []) {
    const files = new Map<string, string>()
    for (const { uri } of await readManifests(snapshot, at)) {
      for (const file of await readManifestFile(uri, at)) {
        const found = await services.bucket.read(services.place.objectOf(file.uri))
        const text = found ? Buffer.from(found.data).toString().trim() : 'not there'
        const isRight = found?.data.length === file.bytes && text === String(file.rows)
        files.set(services.place.objectOf(file.uri), isRight ? text : `expected ${file.rows}, found ${text}`)
      }
    }
    snapshots.push(files)
  }
  return snapshots
}
