import assert from 'node:assert/strict'
import { mapConcurrently } from '../../functions/runtime/concurrently.ts'

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

describe('mapConcurrently', () => {
  it('yields every result, with a limited number in work, and reads no further ahead', async () => {
    let [inWork, most, pulled, taken] = [0, 0, 0, 0]
    function* source() {
      for (let value = 0; value < 100; value++) {
        pulled += 1
        assert.ok(pulled - taken <= 5, `${pulled} pulled, ${taken} taken`)
        yield value
      }
    }
    const answers: number[] = []
    const work = async (value: number) => {
      most = Math.max(most, ++inWork)
      for (let left = value % 3; left > 0; left--) await turn()
      inWork -= 1
      return value * 2
    }
    for await (const answer of mapConcurrently(source(), 4, work)) {
      taken += 1
      answers.push(answer)
    }
    assert.equal(most, 4)
    assert.deepEqual(
      answers.sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, value) => value * 2),
    )
  })

  it('throws the first failure once nothing is in work, and reads nothing more', async () => {
    let [inWork, pulled, closed] = [0, 0, false]
    function* source() {
      try {
        for (;;) yield ++pulled
      } finally {
        closed = true
      }
    }
    const work = async (value: number) => {
      inWork += 1
      for (let left = value * 3; left > 0; left--) await turn()
      inWork -= 1
      throw new Error(`value ${value}`)
    }
    const all = async () => {
      for await (const answer of mapConcurrently(source(), 3, work)) assert.fail(`answered ${answer}`)
    }
    await assert.rejects(all(), /value 1/)
    assert.deepEqual([inWork, pulled, closed], [0, 3, true])
  })

  it('waits for what is in work when the loop is left early', async () => {
    let inWork = 0
    const work = async (value: number) => {
      inWork += 1
      for (let left = value; left > 0; left--) await turn()
      inWork -= 1
      return value
    }
    for await (const answer of mapConcurrently([1, 5, 9], 3, work)) {
      assert.equal(answer, 1)
      break
    }
    assert.equal(inWork, 0)
  })
})
