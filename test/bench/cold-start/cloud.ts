import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../../functions/emulators/gcs/server.ts'
import { startTardisServer } from '../../../functions/emulators/tardis/server.ts'
import type { FunctionName } from '../../../functions/wiring.ts'
import { startPubSubServer } from '../../support/pubsub-server.ts'
import { DATE, marketOf, repeatedDataset, VENUE } from '../memory/market.ts'

const BUCKET = 'ticks'
const FILE_BYTES = 20_000

interface Servers {
  readonly bucket: Awaited<ReturnType<typeof startGcsServer>>
  readonly vendor: Awaited<ReturnType<typeof startTardisServer>>
  readonly topics: Awaited<ReturnType<typeof startPubSubServer>>
}

/** Bucket, vendor and topics on the loopback, and the messages that a new installation begins with. */
export class Cloud implements AsyncDisposable {
  readonly #servers: Servers
  readonly #folder: string

  private constructor(servers: Servers, folder: string) {
    this.#servers = servers
    this.#folder = folder
  }

  static async open(): Promise<Cloud> {
    const folder = await mkdtemp(join(tmpdir(), 'tick-handler-bench-cold-start-'))
    const source = marketOf('trades', ['BTCUSDT'], await repeatedDataset('trades', FILE_BYTES))
    const bucket = await startGcsServer({ folder, bucket: BUCKET })
    const vendor = await startTardisServer({ source })
    return new Cloud({ bucket, vendor, topics: await startPubSubServer() }, folder)
  }

  get env(): Record<string, string> {
    const { bucket, vendor, topics } = this.#servers
    return {
      GCS_BUCKET: BUCKET,
      GCS_API_ENDPOINT: bucket.endpoint,
      TARDIS_API_URL: vendor.apiUrl,
      TARDIS_DATASETS_URL: vendor.datasetsUrl,
      PUBSUB_EMULATOR_HOST: topics.host,
      GOOGLE_CLOUD_PROJECT: 'bench',
      VENUES: VENUE,
      DATA_TYPES: 'trades',
    }
  }

  /** To be asked for in the order of the pipeline: fetch's message makes the plan that aggregate's is about. */
  messageFor(name: FunctionName): object {
    if (name === 'schedule') return { venues: [VENUE], startDate: DATE, endDate: DATE }
    if (name === 'fetch') return { venue: VENUE, date: DATE }
    const published = this.#servers.topics.taken.map(({ data }) => JSON.parse(String(data)))
    const found = published.find(message => message.batch !== undefined)
    if (!found) throw new Error(`fetch published ${JSON.stringify(published)}, expected a batch`)
    const { venue, date, batch } = found
    return { venue, date, ...batch }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { bucket, vendor, topics } = this.#servers
    await Promise.all([bucket.close(), vendor.close(), topics.close()])
    await rm(this.#folder, { recursive: true })
  }
}
