import assert from 'node:assert/strict'
import { createManifestPace } from '../../functions/aggregate/pace.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { DAY } from '../fetch/world.ts'

const OTHER = { ...DAY, date: '2024-08-09' }
const settled = () => new Promise(resolve => setImmediate(resolve))

describe('createManifestPace: several manifests, several callers', () => {
  it('waits for the second of a manifest although another one was written meanwhile', async () => {
    const clock = new TestClock()
    const pace = createManifestPace(clock)
    const startedMs = clock.now()
    pace.wrote(DAY)
    clock.advance(400)
    pace.wrote(OTHER)
    await pace.turn(DAY)
    assert.equal(clock.now() - startedMs, 1_000)
    pace.wrote(DAY)
    await pace.turn(OTHER)
    assert.equal(clock.now() - startedMs, 1_400)
  })

  it('never runs two folds of a manifest at once, whenever the callers come', async () => {
    const pace = createManifestPace(new TestClock())
    const ends: (() => void)[] = []
    let running = 0
    let most = 0
    const fold = async () => {
      most = Math.max(most, ++running)
      await new Promise<void>(resolve => ends.push(resolve))
      running -= 1
    }
    const callers = [pace.share(DAY, fold), pace.share(DAY, fold)]
    for (let round = 0; round < 3; round += 1) {
      ends.shift()!()
      await settled()
      assert.equal(running, 1, `round ${round}`)
      callers.push(pace.share(DAY, fold))
      await settled()
    }
    for (let turns = 0; ends.length > 0 && turns < 10; turns += 1) {
      ends.shift()!()
      await settled()
    }
    await Promise.all(callers)
    assert.equal(most, 1)
  })
})
