import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parquetMetadata } from 'hyparquet'
import type { Manifest } from '../../../functions/ledger/manifest.ts'
import { crc32c, crc32cText } from '../../../functions/storage/crc32c.ts'
import { readFolder } from '../../../functions/storage/folder/folder-bucket.ts'

export interface Reader {
  readonly polls: number
  /** How many contents of files were read: each once. */
  readonly filesRead: number
  readonly manifestsRead: number
  stop(): Promise<void>
}

/** Nothing where there is no such folder yet. */
async function namesBelow(folder: string, top: string): Promise<string[]> {
  try {
    return (await readdir(join(folder, top), { recursive: true })).map(name => join(top, name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/**
 * Looks at the folder over and over as any program may that knows nothing of us: each Parquet file that can be seen is
 * whole for a reader that we did not write, and all that the manifest lists as stored is there, with that generation,
 * checksum and length. What does not hold ends the polling, and `stop` throws it.
 */
export function startReader(folder: string): Reader {
  const seen = { polls: 0, filesRead: 0, manifestsRead: 0 }
  const checked = new Set<string>()
  const bucket = readFolder({ folder })
  let stopped = false

  async function poll(): Promise<void> {
    const names = (await Promise.all(['ticks', '_ledger'].map(top => namesBelow(folder, top)))).flat()
    for (const name of names.filter(one => one.endsWith('.parquet'))) await readParquet(name)
    for (const name of names.filter(one => one.endsWith('manifest.json'))) await readManifest(name)
    for (const name of names.filter(one => /(plan|\/\d+)\.json$/.test(one))) {
      const text = await readFile(join(folder, name), 'utf8')
      assert.ok(text.endsWith('}\n') && JSON.parse(text), `${name} is not whole`)
    }
    seen.polls += 1
  }
  async function readParquet(name: string): Promise<void> {
    const { ino, mtimeNs, size } = await stat(join(folder, name), { bigint: true })
    const version = `${name} ${ino} ${mtimeNs} ${size}`
    if (checked.has(version)) return
    const data = await readFile(join(folder, name))
    const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)
    const { num_rows: rows, row_groups: groups } = parquetMetadata(buffer as ArrayBuffer)
    assert.equal(
      rows,
      groups.reduce((sum, group) => sum + group.num_rows, 0n),
      `${name} lacks rows`,
    )
    checked.add(version)
    seen.filesRead += 1
  }
  async function readManifest(name: string): Promise<void> {
    const text = await readFile(join(folder, name), 'utf8')
    if (checked.has(text)) return
    const { items } = JSON.parse(text) as Manifest
    for (const item of items.filter(({ status }) => status === 'stored' || status === 'empty')) {
      const path = join(folder, item.object!)
      const data = await readFile(path)
      const object = await bucket.stat(item.object!)
      const there = { generation: object?.generation, crc32c: crc32cText(crc32c(data)), bytes: data.length }
      const { generation, crc32c: checksum, bytes } = item
      assert.deepEqual(there, { generation, crc32c: checksum, bytes }, `${name} is not true of ${item.object}`)
    }
    checked.add(text)
    seen.manifestsRead += 1
  }

  const running = (async () => {
    while (!stopped) {
      await poll()
      // Leaves the processors to what is being watched.
      await pause(4)
    }
    await poll()
  })()
  running.catch(() => {})
  return {
    get polls() {
      return seen.polls
    },
    get filesRead() {
      return seen.filesRead
    },
    get manifestsRead() {
      return seen.manifestsRead
    },
    async stop() {
      stopped = true
      await running
    },
  }
}
