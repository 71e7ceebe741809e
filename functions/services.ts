import type { OpenRequests } from './ledger/open-requests.ts'
import type { VendorGuard } from './ledger/vendor-guard.ts'
import type { Publisher } from './pubsub/publisher.ts'
import type { Config } from './runtime/config/config.ts'
import type { Clock } from './runtime/deadline.ts'
import type { Observer } from './runtime/events.ts'
import type { Log } from './runtime/log/log.ts'
import type { MemoryGate } from './runtime/memory/gate.ts'
import type { MemoryWatch } from './runtime/memory/watch.ts'
import type { Bucket } from './storage/bucket.ts'
import type { Vendor } from './tardis/vendor.ts'
import type { convert } from './ticks/convert.ts'

/**
 * What the handlers work with. Deployed code, the local pipeline and the tests each build it in their own way. A handler
 * gets all of it that it needs, and functions at the leaves take only what they use.
 */
export interface Services {
  readonly bucket: Bucket
  readonly publisher: Publisher
  readonly vendor: Pick<Vendor, 'exchange' | 'instruments' | 'openDataset'>
  /** One for the process: knows whether the vendor refuses everything at present. */
  readonly guard: VendorGuard
  /** Where requests are kept: the open ones, as this process knows them. Fetch keeps what it acknowledges without work. */
  readonly openRequests?: OpenRequests
  readonly convert: typeof convert
  readonly config: Config
  /** One for the process: it counts what is in work in all batches. */
  readonly gate: MemoryGate
  /** The buffers to use now. Asked for when an item begins. */
  readonly buffers: () => Buffers
  /** One for the process: it samples memory after each batch. */
  readonly watch: Pick<MemoryWatch, 'batchFinished'>
  readonly clock: Clock
  /** In [0, 1): for jitter. */
  readonly random: () => number
  readonly log: Log
  readonly observe?: Observer
  /**
   * True where requests for given days are kept until they are complete: where a scheduled run resumes them. A person who
   * runs a command runs it again instead.
   */
  readonly keepsRequests?: boolean
  /** Aborted when the instance is being stopped: what is in work is given up and handed on. */
  readonly signal?: AbortSignal
}

/** What the buffers of one item are sized by. */
export interface Buffers {
  /** What the uploader collects before it sends: a multiple of 256 KiB, as resumable uploads want. */
  readonly uploadChunkBytes: number
  /** The high-water mark of a response body: what may wait between the socket and the converter. */
  readonly socketBufferBytes: number
  /**
   * Whether Parquet row groups are small. Decided once, by the configuration and the allocation: a file's bytes must not
   * depend on how much memory happens to be free.
   */
  readonly memoryEfficient: boolean
  /** Threads of one conversion. */
  readonly threads: 1 | 2
}
