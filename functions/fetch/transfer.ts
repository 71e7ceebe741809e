import type { ItemName } from '../market/items.ts'
import { INSTRUMENTS } from '../market/names.ts'
import type { Deadline } from '../runtime/deadline.ts'
import type { WaitsFor } from '../runtime/events.ts'
import type { Log } from '../runtime/log/log.ts'
import type { Buffers, Services } from '../services.ts'
import type { Generation, ObjectWriter, StoredObject, WriteOutcome } from '../storage/bucket.ts'
import { VendorError } from '../tardis/error.ts'
import type { OpenDataset } from '../tardis/open-dataset.ts'
import type { DatasetOutcome } from '../tardis/outcomes.ts'
import type { ConvertOptions, Sink } from '../ticks/convert.ts'
import { DamagedSourceError } from '../ticks/errors.ts'
import { type Facts, factsMetadata, factsOf, GENERATED_KEY } from './facts.ts'
import { openInstruments } from './instruments.ts'
import { reportReceived } from './received.ts'

export type Transfer =
  | { readonly kind: 'committed'; readonly object: StoredObject; readonly facts: Facts }
  /** The bucket must be read to learn which object is stored: another writer was first, or the response was lost (`error`). */
  | { readonly kind: 'uncertain'; readonly facts: Facts; readonly error?: unknown }
  | { readonly kind: 'missing'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly reason: string }
  /** The transfer broke off or its bytes are damaged: the next one can succeed. */
  | { readonly kind: 'damaged'; readonly error: Error }

export interface TransferTarget {
  readonly name: ItemName
  readonly object: string
  readonly expected: Generation
  /** True for a forced request, which takes nothing from what is saved. */
  readonly renew?: boolean
  /** How many transfers of the dataset came before this one and failed. */
  readonly earlierTransfers?: number
  readonly onProgress?: ConvertOptions['onProgress']
  /** Called once, when the response has begun. */
  readonly onOpen?: (contentLength: number | undefined) => void
  /** Called at each change. */
  readonly onWait?: (waitsFor: WaitsFor) => void
}

type TransferServices = Pick<
  Services,
  'bucket' | 'vendor' | 'guard' | 'convert' | 'buffers' | 'config' | 'clock' | 'random' | 'log'
>

/**
 * One attempt at one dataset, from the vendor's first byte to the object's commit. Nothing stays open afterwards: the body
 * is cancelled, and an upload without commit is aborted. Rejects with MalformedDataError, errors of the bucket, a VendorError
 * before the body, and the deadline's reason, which another transfer would not change. Memory: the buffers that it takes at
 * its beginning. Safe to repeat: the commit is conditional.
 */
export async function transfer(
  target: TransferTarget,
  services: TransferServices,
  deadline: Deadline,
): Promise<Transfer> {
  const buffers = services.buffers()
  const dataset = await open(target, services, buffers, deadline)
  if (dataset.kind !== 'open') return dataset
  target.onOpen?.(dataset.contentLength)
  let writer: ObjectWriter | undefined
  try {
    writer = services.bucket.createWriter(target.object, target.expected, {
      contentType: 'application/vnd.apache.parquet',
      signal: deadline.signal,
      chunkBytes: buffers.uploadChunkBytes,
      freesChunks: true,
    })
    const { facts, writtenBytes } = await pump(dataset, writer, target, services.convert, buffers, deadline.signal)
    target.onWait?.('bucket')
    return await commit(writer, facts, writtenBytes, deadline.signal)
  } catch (error) {
    if (!deadline.signal.aborted && isDamage(error)) return { kind: 'damaged', error }
    throw error
  } finally {
    dataset.cancel()
    // Does nothing after a commit.
    await abandon(writer, services.log)
  }
}

/** A file of the vendor's, whose bytes count for its quota, or instruments, which come from what is saved of them. */
async function open(
  { name, renew = false, earlierTransfers = 0 }: TransferTarget,
  services: TransferServices,
  { socketBufferBytes }: Buffers,
  deadline: Deadline,
): Promise<DatasetOutcome> {
  if (name.dataType === INSTRUMENTS) return openInstruments(name, renew, services, deadline)
  const options = { deadline, earlierCalls: earlierTransfers, bufferBytes: socketBufferBytes, freesChunks: true }
  const dataset = await services.vendor.openDataset(name, options)
  return dataset.kind === 'open' ? { ...dataset, body: services.guard.metered(dataset.body) } : dataset
}

async function pump(
  dataset: OpenDataset,
  writer: ObjectWriter,
  target: TransferTarget,
  convert: Services['convert'],
  { memoryEfficient, threads }: Buffers,
  signal: AbortSignal,
): Promise<{ facts: Facts; writtenBytes: number }> {
  let writtenBytes = 0
  const sink: Sink = {
    async write(chunk) {
      writtenBytes += chunk.byteLength
      target.onWait?.('bucket')
      await writer.write(chunk)
      target.onWait?.('vendor')
    },
  }
  const source = target.onProgress ? reportReceived(dataset.body, target.onProgress) : { body: dataset.body }
  const result = await convert(source.body, sink, {
    dataType: target.name.dataType,
    day: target.name.date,
    memoryEfficient,
    threads,
    ...(dataset.contentLength !== undefined && { expectedBytes: dataset.contentLength }),
    metadata: summary => ({
      ...factsMetadata(factsOf(target.name, summary)),
      ...(dataset.isGenerated && { [GENERATED_KEY]: 'true' }),
    }),
    signal,
    ...('onProgress' in source && { onProgress: source.onProgress }),
  })
  if (writtenBytes !== result.parquetBytes) {
    throw new Error(
      `${target.object}: ${writtenBytes} bytes were written, expected the ${result.parquetBytes} converted`,
    )
  }
  return { facts: factsOf(target.name, result), writtenBytes }
}

async function commit(
  writer: ObjectWriter,
  facts: Facts,
  writtenBytes: number,
  signal: AbortSignal,
): Promise<Transfer> {
  let written: WriteOutcome
  try {
    // Commit point of the item: with it the object is there, whole, and holds all that the ledger needs. Whatever is
    // lost after it is found again by adopting the object.
    written = await writer.commit()
  } catch (error) {
    if (signal.aborted) throw error
    return { kind: 'uncertain', facts, error }
  }
  if (written.outcome === 'conflict') return { kind: 'uncertain', facts }
  const { object } = written
  if (object.bytes !== writtenBytes) {
    throw new Error(`${object.name}: the bucket holds ${object.bytes} bytes, expected the ${writtenBytes} written`)
  }
  return { kind: 'committed', object, facts }
}

function isDamage(error: unknown): error is Error {
  return error instanceof DamagedSourceError || (error instanceof VendorError && error.retryable)
}

async function abandon(writer: ObjectWriter | undefined, log: Log): Promise<void> {
  try {
    await writer?.abort()
  } catch (error) {
    // An upload without commit is never visible, and the bucket removes it after a week.
    log.debug('aborting an upload failed', { error })
  }
}
