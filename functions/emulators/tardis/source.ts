import type { Readable } from 'node:stream'
import type { ItemName } from '../../market/items.ts'

/** A dataset with its length and digest, which are known before its first byte is sent. */
export interface ServedFile {
  readonly bytes: number
  readonly md5Hex: string
  readonly lastModified: Date
  stream(): Readable
}

/** What a Tardis-compatible server serves. */
export interface TardisSource {
  /** True if the datasets are generated, which each response then says. */
  readonly isGenerated?: boolean
  /** The ids of all venues. */
  venues(): Promise<readonly string[]>
  /** Exchange details as JSON text in the vendor's shape; undefined if there is no such venue. */
  exchange(venue: string): Promise<string | Uint8Array | undefined>
  /** The venue's instruments as JSON text in the vendor's shape; undefined if there are none. */
  instruments?(venue: string): Promise<string | undefined>
  /** `name.symbol` is written as in the address. Undefined if there is no such file. */
  dataset(name: ItemName): Promise<ServedFile | undefined>
}
