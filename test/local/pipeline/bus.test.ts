import assert from 'node:assert/strict'
import sinon from 'sinon'
import { Bus, type BusOptions, type DeadLetter, type Delivery } from '../../../functions/local/pipeline/bus.ts'

const decode = (delivery: Delivery) => JSON.parse(new TextDecoder().decode(delivery.data))

/** Runs until nothing but faked timers is left. */
const settle = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

/** Deterministic numbers in [0, 1): https://en.wikipedia.org/wiki/Linear_congruential_generator */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}

function busOf(
  handler: (delivery: Delivery) => Promise<void>,
  options: Partial<BusOptions> = {},
  concurrency = 1,
): Bus {
  return new Bus({ subscriptions: [{ topic: 'work', handler, concurrency }], ...options })
}

describe('Bus', () => {
  it('hands over the JSON bytes as they were when published, not what became of the object', async () => {
    const got: unknown[] = []
    const bus = busOf(async delivery => {
      got.push(decode(delivery))
    })
    const message = { venue: 'binance', symbols: ['A'] }
    await bus.publish('work', message)
    message.symbols.push('B')
    await bus.drained()
    assert.deepEqual(got, [{ venue: 'binance', symbols: ['A'] }])
  })

  it('never runs a handler inside the call that publishes', async () => {
    let ran = false
    const bus = busOf(async () => {
      ran = true
    })
    const published = bus.publish('work', {})
    assert.equal(ran, false)
    await published
    await bus.drained()
    assert.equal(ran, true)
  })

  it('gives every message an id of its own, and a redelivery the same id and the next attempt', async () => {
    const seen: string[] = []
    const bus = busOf(
      async ({ id, attempt }) => {
        seen.push(`${id} ${attempt}`)
        if (attempt === 1) throw new Error('not yet')
      },
      {
        nextId: (
          next => () =>
            `m${next++}`
        )(1),
        minBackoffMs: 0,
      },
    )
    assert.equal(await bus.publish('work', {}), 'm1')
    assert.equal(await bus.publish('work', {}), 'm2')
    await bus.drained()
    assert.deepEqual(seen.sort(), ['m1 1', 'm1 2', 'm2 1', 'm2 2'])
  })

  it('works on no more than `concurrency` messages at once, and on that many', async () => {
    let inWork = 0
    let most = 0
    const bus = busOf(
      async () => {
        inWork += 1
        most = Math.max(most, inWork)
        await new Promise(resolve => setImmediate(resolve))
        inWork -= 1
      },
      {},
      3,
    )
    assert.equal(await bus.publishMany('work', [{}, {}, {}, {}, {}, {}, {}]), 7)
    await bus.drained()
    assert.equal(most, 3)
  })

  it('refuses a topic without a subscription', async () => {
    await assert.rejects(busOf(async () => {}).publish('other', {}), /no subscription to topic "other"/)
  })

  it('is drained only when messages published by handlers are settled too', async () => {
    const done: number[] = []
    const bus = busOf(async delivery => {
      const { step } = decode(delivery)
      done.push(step)
      if (step < 4) await bus.publish('work', { step: step + 1 })
    })
    await bus.publish('work', { step: 1 })
    await bus.drained()
    assert.deepEqual(done, [1, 2, 3, 4])
  })

  describe('redelivery', () => {
    let clock: sinon.SinonFakeTimers
    beforeEach(() => {
      clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    })
    afterEach(() => clock.restore())
    const passTime = async () => {
      do {
        await settle()
        await clock.nextAsync()
        await settle()
      } while (clock.countTimers() > 0)
    }

    it('backs off twice as long each time up to the most, then dead-letters with the last error', async () => {
      const attemptsAt: number[] = []
      const letters: DeadLetter[] = []
      const bus = busOf(
        async ({ attempt }) => {
          attemptsAt.push(Date.now())
          throw new Error(`no ${attempt}`)
        },
        {
          random: () => 1 - Number.EPSILON,
          minBackoffMs: 1000,
          maxBackoffMs: 3000,
          onDeadLetter: l => letters.push(l),
        },
      )
      await bus.publish('work', { x: 1 })
      await passTime()
      await bus.drained()
      assert.deepEqual(
        attemptsAt.map(at => Math.round(at / 100) * 100),
        [0, 1000, 3000, 6000, 9000],
      )
      assert.equal(letters.length, 1)
      assert.equal(letters[0]!.attempts, 5)
      assert.match(String(letters[0]!.error), /no 5/)
      assert.equal(bus.left('work'), 0)
    })

    it('lets other messages through while one backs off', async () => {
      const seen: string[] = []
      const bus = busOf(async delivery => {
        const { name } = decode(delivery)
        seen.push(name)
        if (name === 'bad' && delivery.attempt < 2) throw new Error('again')
      })
      await bus.publish('work', { name: 'bad' })
      await bus.publish('work', { name: 'good' })
      await settle()
      assert.deepEqual(seen, ['bad', 'good'])
      assert.equal(bus.left('work'), 1)
      await passTime()
      assert.deepEqual(seen, ['bad', 'good', 'bad'])
    })

    it('keeps what is on hold, and drains without it', async () => {
      const seen: number[] = []
      const bus = busOf(async delivery => {
        seen.push(decode(delivery).n)
        bus.hold('work')
        if (seen.length === 1) throw new Error('again')
      })
      await bus.publishMany('work', [{ n: 1 }, { n: 2 }])
      await bus.drained()
      await passTime()
      assert.deepEqual(seen, [1])
      assert.equal(bus.left('work'), 2)
    })

    it('leaves no timer behind when it is closed', async () => {
      const bus = busOf(async () => {
        throw new Error('again')
      })
      await bus.publish('work', {})
      await settle()
      assert.equal(clock.countTimers(), 1)
      await bus.close()
      assert.equal(clock.countTimers(), 0)
    })
  })

  describe('the trouble tests ask for', () => {
    const numbers = Array.from({ length: 20 }, (_, n) => ({ n }))
    const run = async (options: Partial<BusOptions>) => {
      const seen: number[] = []
      const bus = busOf(async delivery => {
        seen.push(decode(delivery).n)
      }, options)
      await bus.publishMany('work', numbers)
      await bus.drained()
      return seen
    }
    const inOrder = numbers.map(({ n }) => n)

    it('delivers in another order, the same for the same seed', async () => {
      const seen = await run({ shuffle: true, random: seeded(7) })
      assert.notDeepEqual(seen, inOrder)
      assert.deepEqual(
        [...seen].sort((a, b) => a - b),
        inOrder,
      )
      assert.deepEqual(await run({ shuffle: true, random: seeded(7) }), seen)
    })

    it('delivers some messages twice', async () => {
      const seen = await run({ duplicates: 0.5, random: seeded(3) })
      assert.ok(seen.length > 20 && seen.length < 40, `${seen.length} deliveries`)
      assert.deepEqual(
        [...new Set(seen)].sort((a, b) => a - b),
        inOrder,
      )
    })

    it('stays in order and single without them', async () => {
      assert.deepEqual(await run({}), inOrder)
    })
  })
})
