import assert from 'node:assert/strict'
import { VirtualTime } from './virtual-time.ts'

describe('virtual time', () => {
  it('ends timers in order of time, and of setting where they end at once', async () => {
    const time = new VirtualTime(1_000)
    const ended: string[] = []
    const note = (name: string) => () => ended.push(`${name} ${time.now()}`)
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
      ['d', 40],
    ] as const)
      time.setTimeout(note(name), ms)
    time.clearTimeout(time.setTimeout(note('never'), 20))
    await time.run(() => false)
    assert.deepEqual(ended, ['a 1010', 'b 1010', 'c 1030', 'd 1040'])
  })

  it('lets all that follows from a timer happen before the next one ends', async () => {
    const time = new VirtualTime(0)
    const seen: number[] = []
    const worker = async () => {
      for (let n = 0; n < 3; n++) {
        await time.wait(7)
        await Promise.resolve().then(() => seen.push(time.now()))
      }
    }
    void worker()
    void worker()
    await time.run(() => false)
    assert.deepEqual(seen, [7, 7, 14, 14, 21, 21])
  })

  it('keeps the order of 1,000 timers', async () => {
    const time = new VirtualTime(0)
    const ended: number[] = []
    for (let n = 0; n < 1_000; n++) time.setTimeout(() => ended.push(time.now()), (n * 7_919) % 1_000)
    await time.run(() => false)
    assert.deepEqual(
      ended,
      Array.from({ length: 1_000 }, (_, n) => n),
    )
  })
})
