import assert from 'node:assert/strict'
import type { KeptRequest } from '../../functions/ledger/request.ts'
import { addDays, DAY_MS } from '../../functions/market/days.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { detailsOf } from '../fetch/fake-vendor.ts'
import { CONFIG, World } from '../fetch/world.ts'

const BACKFILL = { startDate: '2024-06-01', endDate: '2024-06-05' }
const FIRST_DAY = '2024-08-10'
const ITEMS_PER_DAY = 4
const HOUR = 3_600_000

/** An account whose daily quota is what one day of the venue has. */
function scarceWorld() {
  const world = new World()
  world.keepsRequests = true
  world.config = { ...CONFIG, lookbackDays: 3, downloadMaxWorkers: 1 }
  const details = detailsOf({ A: ['trades'], B: ['trades'], C: ['trades'], D: ['trades'] })
  world.vendor.details = { ...details, datasets: { ...details.datasets, exportedUntil: '2030-01-01T00:00:00.000Z' } }
  let left = 0
  world.vendor.onOpen = () => {
    if (left-- > 0) return
    const midnightMs = Math.ceil((world.clock.now() + 1) / DAY_MS) * DAY_MS
    throw new VendorRefusedError('quota', 'quota', midnightMs)
  }
  /** The scheduled run of a day. Returns the days of the first venue-days that it has published. */
  const runDay = async () => {
    left = ITEMS_PER_DAY
    world.published.length = 0
    await world.schedule({})
    await world.drain()
    const venueDays = world.published.filter(({ topic, value }) => topic === CONFIG.venueDaysTopic && !value.batch)
    world.clock.advance(DAY_MS)
    return venueDays.map(({ value }) => value.date)
  }
  const isComplete = (date: string) => {
    const name = `_ledger/venue=binance/date=${date}/manifest.json`
    return world.bucket.has(name) && world.bucket.json(name).status === 'complete'
  }
  const backfill = () =>
    [...world.bucket.contents().keys()]
      .filter(name => /requests\/[0-9a-f]{16}\.json$/.test(name))
      .map(name => world.bucket.json(name) as KeptRequest)
      .find(({ asked }) => asked.startDate === BACKFILL.startDate)!
  return { world, runDay, isComplete, backfill }
}

describe('a quota that the last days use up', () => {
  it('does not starve a backfill: every fourth day begins with it', async () => {
    const { world, runDay, isComplete, backfill } = scarceWorld()
    await runDay()
    await world.schedule(BACKFILL)
    world.queue.length = 0
    let days = 1
    for (; backfill().state === 'open'; days++) {
      assert.ok(days < 100, `open after ${days} days, until ${backfill().openUntil}`)
      await runDay()
    }
    const daily = Array.from({ length: days }, (_, day) => addDays(FIRST_DAY, day - 1))
    const done = daily.filter(isComplete).length
    assert.ok(done >= days * 0.6, `${done} of the ${days} last days are complete too`)
  })

  it('is for the last days first where all that left them is complete, and where it was not used up', async () => {
    const { world, runDay } = scarceWorld()
    world.vendor.onOpen = () => {}
    const useUp = (hours: number) => {
      const refusal = { reason: 'quota', untilMs: world.clock.now() + hours * HOUR, message: 'used up' } as const
      return world.services.guard.refused(refusal, world.services)
    }
    for (let day = 0; day < 9; day++) {
      assert.equal((await runDay())[0], addDays(FIRST_DAY, day - 1))
      await useUp(0)
    }
    await world.schedule(BACKFILL)
    world.queue.length = 0
    await runDay()
    for (let day = 10; day < 18; day++) assert.equal((await runDay())[0], addDays(FIRST_DAY, day - 1))
  })
})
