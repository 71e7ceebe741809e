import type { Generation, ObjectWriter, WriteOptions } from '../../functions/storage/bucket.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'

/** Called around what makes something visible; throwing before it leaves no trace, throwing after it loses the answer. */
export type AroundWrite = (name: string) => void | Promise<void>

/** The memory bucket, with places for faults, and a count of writers that were neither committed nor aborted. */
export class WatchedBucket extends MemoryBucket {
  openWriters = 0
  /** How many writes were tried, by object. */
  readonly tries = new Map<string, number>()
  beforeWrite: AroundWrite = () => {}
  afterWrite: AroundWrite = () => {}
  beforeRead: AroundWrite = () => {}

  constructor() {
    super(async ({ operation, name, when }) => {
      const isWrite = operation === 'write' || operation === 'commit'
      if (!isWrite && when === 'before' && operation !== 'writeChunk' && operation !== 'abort')
        await this.beforeRead(name)
      if (!isWrite) return
      if (when === 'before') this.tries.set(name, (this.tries.get(name) ?? 0) + 1)
      await (when === 'before' ? this.beforeWrite(name) : this.afterWrite(name))
    })
  }

  override createWriter(name: string, expected: Generation, options: WriteOptions): ObjectWriter {
    const writer = super.createWriter(name, expected, options)
    let open = true
    this.openWriters += 1
    const close = () => {
      if (open) this.openWriters -= 1
      open = false
    }
    return {
      write: chunk => writer.write(chunk),
      commit: async () => {
        const written = await writer.commit()
        close()
        return written
      },
      abort: async () => {
        close()
        await writer.abort()
      },
    }
  }

  has(name: string): boolean {
    return this.contents().has(name)
  }

  bytes(name: string): Uint8Array {
    const found = this.contents().get(name)
    if (!found) throw new Error(`no object ${name}`)
    return found
  }

  /** An object's JSON; undefined if there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents field by field
  json(name: string): any {
    return this.has(name) ? JSON.parse(Buffer.from(this.bytes(name)).toString()) : undefined
  }
}
