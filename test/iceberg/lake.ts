import { readManifestFile, readManifests } from '../../functions/iceberg/draft.ts'
import { createFileCatalog } from '../../functions/iceberg/file-catalog.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import { draftPlace, type TableServices } from '../../functions/iceberg/refresh-days.ts'
import { encodeDocument } from '../../functions/ledger/document.ts'
import { type Manifest, type ManifestItem, manifest } from '../../functions/ledger/manifest.ts'
import { queueDay } from '../../functions/ledger/table-queue.ts'
import { dayStartMs } from '../../functions/market/days.ts'
import type { VenueDay } from '../../functions/market/items.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { ABSENT, type Bucket } from '../../functions/storage/bucket.ts'
import { dataObjectName, manifestName } from '../../functions/storage/names.ts'
import { archivedDays } from '../support/archive.ts'
import { SILENT } from '../support/silent-log.ts'

export const PREFIX = 'ticks'
export const DATE = '2024-01-01'

const [ARCHIVED] = [...archivedDays({ venues: 1, days: 2, firstDate: DATE, symbols: 1, seed: 1 })]

/** Stored items of one data type, by symbol; `rows` tells their versions apart. */
export interface Stored {
  readonly dataType?: string
  readonly symbols: readonly string[]
  readonly rows?: number
  readonly change?: Partial<ManifestItem>
}

export function manifestOf(
  day: VenueDay,
  stored: readonly Stored[],
  status: Manifest['status'] = 'complete',
): Manifest {
  const items = stored.flatMap(({ dataType = 'trades', symbols, rows = 10, change }) =>
    symbols.map((symbol): ManifestItem => {
      const startMicros = dayStartMs(day.date) * 1000
      return {
        ...{ dataType, symbol, status: 'stored', object: dataObjectName(PREFIX, { ...day, dataType, symbol }) },
        ...{ bytes: rows * 4, rows, generation: '1', crc32c: 'AAAAAA==' },
        ...{ firstTimestampMicros: String(startMicros), lastTimestampMicros: String(startMicros + 1_000_000) },
        ...change,
      }
    }),
  )
  return { ...ARCHIVED!.manifest, ...day, status, items }
}

/** Writes a manifest over the one that is there, and queues the venue-day as aggregate does. */
export async function record(bucket: Bucket, written: Manifest): Promise<void> {
  const name = manifestName(PREFIX, written)
  const { generation = ABSENT } = (await bucket.stat(name)) ?? {}
  await bucket.write(name, encodeDocument(manifest, name, written), generation, { contentType: 'application/json' })
  if (written.status === 'complete') await queueDay(bucket, PREFIX, written)
}

/** What refreshes the tables of a bucket in a test. */
export function lakeOf(bucket: Bucket, own: Partial<TableServices> = {}): TableServices {
  const place = placeAt('gs://lake')
  let uuids = 0
  return {
    ...{ bucket, prefix: PREFIX, place, catalog: createFileCatalog(bucket, PREFIX, place) },
    ...{ clock: { ...systemClock, now: () => 1_700_000_000_000 }, random: () => 0, log: SILENT },
    newUuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}`,
    ...own,
  }
}

/** The files that a table names, with their rows, by object name; undefined where there is no table. */
export async function tableFiles(services: TableServices, dataType = 'trades', snapshotAt = -1) {
  const loaded = await services.catalog.load(dataType)
  const snapshot = loaded?.table.snapshots.at(snapshotAt)
  if (!snapshot) return undefined
  const at = draftPlace(dataType, services)
  const files = new Map<string, number>()
  for (const { uri } of await readManifests(snapshot, at)) {
    for (const file of await readManifestFile(uri, at)) files.set(services.place.objectOf(file.uri), file.rows)
  }
  return files
}
