import type { ItemName } from '../market/items.ts'
import { INSTRUMENTS } from '../market/names.ts'
import { type Deadline, settlesWithin } from '../runtime/deadline.ts'
import type { WaitsFor } from '../runtime/events.ts'
import type { Log } from '../runtime/log/log.ts'
import type { ItemSlot } from '../runtime/memory/gate.ts'
import type { Buffers, Services } from '../services.ts'
import type { Generation, ObjectWriter, StoredObject, WriteOutcome } from '../storage/bucket.ts'
import { VendorError } from '../tardis/error.ts'
import type { OpenDataset } from '../tardis/open-dataset.ts'
import type { DatasetOutcome } from '../tardis/outcomes.ts'
import type { ConvertOptions, Sink } from '../ticks/convert.ts'
import { DamagedSourceError } from '../ticks/errors.ts'
import { type Facts, factsMetadata, factsOf, GENERATED_KEY } from './facts.ts'
import type { SendRequest } from './first-request.ts'
import { hold, isSmall, MAX_HELD_BYTES } from './held.ts'
import { openInstruments } from './instruments.ts'
import type { IsAbsent } from './listing.ts'
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
  readonly renew: boolean
  /** How many transfers of the dataset came before this one and failed. */
  readonly earlierTransfers: number
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

/** What an item of a batch shares with the other items, and waits for because of them. */
export interface Turns {
  readonly isAbsent: IsAbsent
  /** Sends the request of a dataset to the vendor, when the batch may ask. */
  readonly send: SendRequest
  /**
   * Resolves when the item may be converted, and rejects where it may not be begun any more. `isPaid`: its bytes are received
   * and count for the vendor's quota.
   */
  readonly take: (isPaid: boolean) => Promise<ItemSlot>
}

/** How long a large response waits for its turn. Then it is dropped and requested again, before its sender drops it. */
const MAX_IDLE_MS = 5_000

/**
 * One attempt at one dataset, from the vendor's first byte to the object's commit. The request is sent as soon as the batch
 * may ask, and the conversion waits for its turn. A small response is read whole meanwhile, and its commit keeps no turn. Nothing stays open
 * afterwards: the body is cancelled, and an upload without commit is aborted. Rejects with MalformedDataError, errors of the
 * bucket, a VendorError before the body, and the reasons of the deadline and the turn, which another transfer would not
 * change. Memory: what `held.ts` says until its turn, then the buffers that it takes. Safe to repeat: the commit is
 * conditional.
 */
export async function transfer(
  target: TransferTarget,
  services: TransferServices,
  deadline: Deadline,
  turns: Turns,
): Promise<Transfer> {
  const opened = await open(target, services, deadline, turns)
  if (opened.kind !== 'open') return opened
  let writer: ObjectWriter | undefined
  let dataset: DatasetOutcome = opened
  try {
    const small = isSmall(opened) ? { ...opened, body: await hold(opened.body) } : undefined
    const turn = turns.take(small !== undefined)
    const isTurn = small !== undefined || (await settlesWithin(turn, MAX_IDLE_MS, services.clock))
    if (!isTurn) opened.cancel()
    using slot = await turn
    if (!isTurn) dataset = await open(target, services, deadline, turns)
    if (dataset.kind !== 'open') return dataset
    const buffers = services.buffers()
    writer = services.bucket.createWriter(target.object, target.expected, {
      contentType: 'application/vnd.apache.parquet',
      signal: deadline.signal,
      chunkBytes: buffers.uploadChunkBytes,
      freesChunks: true,
    })
    const source = small ?? dataset
    const { facts, writtenBytes } = await pump(source, writer, target, services.convert, buffers, deadline.signal)
    if (small && writtenBytes <= MAX_HELD_BYTES) slot.finish()
    target.onWait?.('bucket')
    return await commit(writer, facts, writtenBytes, deadline.signal)
  } catch (error) {
    if (!deadline.signal.aborted && isDamage(error)) return { kind: 'damaged', error }
    throw error
  } finally {
    if (dataset.kind === 'open') dataset.cancel()
    // Does nothing after a commit.
    await abandon(writer, services.log)
  }
}

/** A file of the vendor's, whose bytes count for its quota, or instruments, which come from what is saved of them. */
async function open(
  target: TransferTarget,
  services: TransferServices,
  deadline: Deadline,
  { send }: Turns,
): Promise<DatasetOutcome> {
  const { name, renew, earlierTransfers } = target
  const bufferBytes = services.buffers().socketBufferBytes
  const outcome =
    name.dataType === INSTRUMENTS
      ? await openInstruments(name, renew, services, deadline)
      : await send(() =>
          services.vendor.openDataset(name, {
            deadline,
            earlierCalls: earlierTransfers,
            bufferBytes,
            freesChunks: true,
          }),
        )
  if (outcome.kind !== 'open') return outcome
  target.onOpen?.(outcome.contentLength)
  return name.dataType === INSTRUMENTS ? outcome : { ...outcome, body: services.guard.metered(outcome.body) }
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
