import assert from 'node:assert/strict'
import { assertTrue, contentsOf } from './invariants.ts'
import { DAY, type World, worldOf } from './world.ts'

/** An undisturbed run needs some ten. */
const MAX_DELIVERIES = 100

describe('a crash between any two writes', () => {
  /** Runs to the end in processes that die at their `step`th effect, before or after it takes place. */
  async function runWithCrash(step: number, when: 'before' | 'after', start: (world: World) => Promise<unknown>) {
    const world = worldOf({ A: ['trades'], B: ['trades'], C: ['trades'] })
    let effects = 0
    let dead = false
    const crash = (at: 'before' | 'after') => () => {
      if (dead) throw new Error('dead')
      if (at === 'before') effects += 1
      if (effects !== step || at !== when) return
      dead = true
      effects += 1
      throw new Error('crashed')
    }
    const restart = () => {
      dead = false
    }
    world.bucket.beforeRead = () => {
      if (dead) throw new Error('dead')
    }
    world.bucket.beforeWrite = crash('before')
    world.bucket.afterWrite = crash('after')
    world.beforePublish = crash('before')
    world.afterPublish = crash('after')
    await start(world).catch(() => {
      restart()
      return start(world)
    })
    let deliveries = 0
    for (let message = world.queue.shift(); message; message = world.queue.shift()) {
      assert.ok(++deliveries <= MAX_DELIVERIES, `messages are left after ${MAX_DELIVERIES} deliveries`)
      const again = message
      await world.deliver(message).catch(() => world.queue.push(again))
      restart()
      if (world.manifest()) await assertTrue(world)
    }
    return { world, effects }
  }

  const STARTS: Record<string, (world: World) => Promise<unknown>> = {
    'a first request': world => world.fetch(DAY, 'first'),
    'a forced request': async world => {
      if (!world.plan()) {
        const { beforePublish, afterPublish } = world
        const { beforeRead, beforeWrite, afterWrite } = world.bucket
        Object.assign(world, { beforePublish: () => {}, afterPublish: () => {} })
        Object.assign(world.bucket, { beforeRead: () => {}, beforeWrite: () => {}, afterWrite: () => {} })
        await world.fetch(DAY, 'first')
        await world.drain()
        Object.assign(world, { beforePublish, afterPublish })
        Object.assign(world.bucket, { beforeRead, beforeWrite, afterWrite })
      }
      await world.fetch({ ...DAY, force: true }, 'force')
    },
  }

  for (const [title, start] of Object.entries(STARTS)) {
    it(`after ${title} ends, delivered again, in the bucket of an undisturbed run`, async () => {
      const undisturbed = await runWithCrash(-1, 'before', start)
      const expected = contentsOf(undisturbed.world)
      assert.ok(undisturbed.effects > 10)
      for (let step = 1; step <= undisturbed.effects; step++) {
        for (const when of ['before', 'after'] as const) {
          const { world, effects } = await runWithCrash(step, when, start)
          assert.ok(effects > step, `crashed at ${step}`)
          assert.deepEqual(contentsOf(world), expected, `${when} effect ${step}`)
          world.assertNothingOpen()
          await assertTrue(world, 'generations too')
        }
      }
    })
  }
})
