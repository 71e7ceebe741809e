import assert from 'node:assert/strict'
import { handleCompletion } from '../../functions/aggregate/handler.ts'
import { createManifestPace } from '../../functions/aggregate/pace.ts'
import { detailsOf } from '../fetch/fake-vendor.ts'
import { assertTrue } from '../fetch/invariants.ts'
import { CONFIG, DAY, LEDGER, World } from '../fetch/world.ts'

/** What several at once on one thing came to. */
export interface RivalEnd {
  readonly name: string
  readonly summary: string
}

const MANIFEST = `${LEDGER}/manifest.json`
const SYMBOLS = Array.from({ length: 50 }, (_, n) => `S${n}`)

function planned(batchSize: number): World {
  const world = new World()
  world.config = { ...CONFIG, batchSize }
  world.vendor.details = detailsOf(Object.fromEntries(SYMBOLS.map(symbol => [symbol, ['trades']])))
  return world
}

/** Counts the manifest's writes that took place, and the longest row of tries between two of them. */
function countWrites(world: World): { written: number; tried: number } {
  const count = { written: 0, tried: 0 }
  world.bucket.beforeWrite = name => {
    if (name === MANIFEST) count.tried += 1
  }
  let last: string | undefined
  world.bucket.afterWrite = async name => {
    if (name !== MANIFEST) return
    const { beforeRead } = world.bucket
    const found = await world.bucket.stat(MANIFEST)
    world.bucket.beforeRead = beforeRead
    if (found && found.generation !== last) count.written += 1
    last = found?.generation
  }
  return count
}

async function allRight(world: World): Promise<void> {
  assert.deepEqual([world.manifest().status, world.manifest().counts.stored], ['complete', SYMBOLS.length])
  await assertTrue(world, 'generations too')
  world.assertNothingOpen()
}

/** 50 completions at once, each handled by an instance of its own that knows of no other. */
async function aggregates(): Promise<RivalEnd> {
  const world = planned(1)
  await world.fetch(DAY)
  const batches = world.queue.filter(({ value }) => value.batch)
  const count = countWrites(world)
  const startedMs = world.clock.now()
  await Promise.all(
    batches.map(async (message, n) => {
      await world.deliver(message)
      const delivery = { id: `${n}`, data: Buffer.from(JSON.stringify({ ...DAY, ...message.value.batch })) }
      await handleCompletion(delivery, { ...world.services, random: () => ((n * 7) % 50) / 50 })
    }),
  )
  await allRight(world)
  const seconds = (world.clock.now() - startedMs) / 1000
  return { name: '50 aggregates of one venue-day, 50 instances', summary: summaryOf(count, seconds) }
}

async function aggregatesOfOneInstance(): Promise<RivalEnd> {
  const world = planned(1)
  await world.fetch(DAY)
  for (const message of world.queue.splice(0)) if (message.value.batch) await world.deliver(message)
  const count = countWrites(world)
  const services = { ...world.services, pace: createManifestPace(world.clock) }
  const completions = world.queue.splice(0, 50)
  await Promise.all(
    completions.map(({ id, value }) => handleCompletion({ id, data: Buffer.from(JSON.stringify(value)) }, services)),
  )
  await allRight(world)
  return { name: '50 aggregates of one venue-day, one instance', summary: summaryOf(count, 0) }
}

function summaryOf({ written, tried }: { written: number; tried: number }, seconds: number): string {
  return `one right manifest, ${written} writes of ${tried} tried${seconds > 0 ? `, in ${seconds.toFixed(1)} s of its clock` : ''}`
}

/** Two deliveries of one batch of 50 items, item by item side by side. */
async function fetches(): Promise<RivalEnd> {
  const world = planned(50)
  await world.fetch(DAY)
  const [batch] = world.queue.filter(({ value }) => value.batch)
  await Promise.all([world.deliver(batch!), world.deliver(batch!)])
  await world.drain()
  await allRight(world)
  const objects = [...world.bucket.tries].filter(([name]) => name.startsWith('ticks/'))
  for (const { generation, object } of world.manifest().items)
    assert.equal((await world.bucket.stat(object!))?.generation, generation)
  return { name: 'two fetches of one batch of 50', summary: `${objects.length} objects, each stored once, one receipt` }
}

/** A first fetch at work while the same is asked for by force, whose batches are done beside it. */
async function force(): Promise<RivalEnd> {
  const world = planned(5)
  await world.fetch(DAY)
  const first = world.queue.splice(0)
  await Promise.all([
    ...first.map(message => world.deliver(message)),
    world.fetch({ ...DAY, force: true }, 'force').then(() => world.drain()),
  ])
  await world.drain()
  await allRight(world)
  return { name: 'fetch against --force', summary: 'complete, every item of the generation that is there' }
}

export const RIVALS: Readonly<Record<string, () => Promise<RivalEnd>>> = {
  aggregates,
  aggregatesOfOneInstance,
  fetches,
  force,
}
