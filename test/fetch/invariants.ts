import assert from 'node:assert/strict'
import type { World } from './world.ts'

/** What the manifest records is in the bucket, and as recorded. While a forced request runs, generations may be ahead of it. */
export async function assertTrue(world: World, also?: 'generations too'): Promise<void> {
  for (const item of world.manifest().items) {
    if (item.status !== 'stored') continue
    const { beforeRead } = world.bucket
    world.bucket.beforeRead = () => {}
    const found = await world.bucket.stat(item.object!)
    world.bucket.beforeRead = beforeRead
    assert.deepEqual([item.bytes, item.crc32c], [found?.bytes, found?.crc32c])
    if (also) assert.equal(item.generation, found?.generation)
  }
}

/** The bucket without what depends on the run and not on the data: generations, time taken, deliveries. */
export function contentsOf(world: World): Map<string, unknown> {
  const entries = [...world.bucket.contents()].map(([name, data]): [string, unknown] => {
    if (name.startsWith('ticks/')) return [name, data]
    const text = Buffer.from(data).toString()
    const { work: _, ...document } = JSON.parse(
      text.replace(/"generation":"\d+"/g, '"generation":"0"').replace(/"seconds":[\d.]+/g, '"seconds":0'),
    )
    return [name, document]
  })
  return new Map(entries)
}
