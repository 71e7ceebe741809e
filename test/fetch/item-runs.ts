import assert from 'node:assert/strict'
import { type Again, fetchItem } from '../../functions/fetch/item.ts'
import type { Turns } from '../../functions/fetch/transfer.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import { DAY, type World } from './world.ts'

export const NAME = { ...DAY, dataType: 'trades', symbol: 'BTCUSDT' }
export const KEY = 'trades/BTCUSDT'
export const OBJECT = 'ticks/data_type=trades/venue=binance/date=2024-08-08/BTCUSDT.parquet'
export const JSON_TYPE = { contentType: 'application/json' }

/** Those of an item that waits for no other. */
export const turns: Turns = {
  isAbsent: async () => false,
  send: request => request(),
  take: async () => ({ finish() {}, [Symbol.dispose]() {} }),
}

export async function fetchOne(world: World, again?: Again) {
  using deadline = createDeadline(500_000, world.clock)
  return await fetchItem(NAME, again, world.services, deadline, turns)
}

/** What a forced request says of the object as it is now. */
export async function forcedNow(world: World): Promise<Again> {
  return { replaces: (await world.bucket.stat(OBJECT))?.generation }
}

/** Another writer commits once, between the read of the object and our own commit. */
export function plantRival(world: World, data: Uint8Array) {
  world.bucket.beforeWrite = async name => {
    world.bucket.beforeWrite = () => {}
    assert.equal((await world.bucket.write(name, data, '0', JSON_TYPE)).outcome, 'committed')
  }
}

/** Which write to the bucket made the object of the result, counting from 1. */
export function writeOf(end: Awaited<ReturnType<typeof fetchOne>>): number | undefined {
  return end && 'generation' in end.result ? Number(end.result.generation) - 1_700_000_000_000_000 : undefined
}
