import assert from 'node:assert/strict'
import { heldMemory, hold, isSmall, itemsInWork, MAX_HELD_BYTES } from '../../functions/fetch/held.ts'

/** A body that gives one buffer again and again, as undici may, and counts the chunks that are asked for. */
function bodyOf(sizes: readonly number[]) {
  const buffer = new Uint8Array(MAX_HELD_BYTES + 1)
  const state = { asked: 0, ended: false }
  async function* body() {
    try {
      for (const size of sizes) {
        state.asked += 1
        yield buffer.fill(state.asked).subarray(0, size)
      }
    } finally {
      state.ended = true
    }
  }
  return { state, body: body() }
}

async function chunksOf(body: AsyncIterable<Uint8Array>) {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return chunks
}

describe('responses that are held', () => {
  it('are those that state at most 128 KiB', () => {
    assert.equal(MAX_HELD_BYTES, 131_072)
    assert.deepEqual(
      [0, MAX_HELD_BYTES, MAX_HELD_BYTES + 1, undefined].map(contentLength => isSmall({ contentLength })),
      [true, true, false, false],
    )
  })

  it('keep their bytes, whatever becomes of the chunks', async () => {
    const { body } = bodyOf([2, 0, 3])
    const held = await hold(body)
    assert.deepEqual(
      (await chunksOf(held)).map(chunk => [...chunk]),
      [[1, 1], [], [3, 3, 3]],
    )
  })

  it('are read to their end where they have 128 KiB, and no further where they have more', async () => {
    const whole = bodyOf([MAX_HELD_BYTES - 1, 1, 0])
    await hold(whole.body)
    assert.deepEqual(whole.state, { asked: 3, ended: true })
    const longer = bodyOf([MAX_HELD_BYTES - 1, 1, 1, 1])
    const chunks = await chunksOf(await hold(longer.body))
    assert.deepEqual([longer.state, chunks.length], [{ asked: 3, ended: true }, 3])
  })

  it('take 128 KiB and a socket buffer each', () => {
    const { bytes, count, resident, part } = heldMemory(24, 65_536)
    assert.deepEqual([bytes, count, resident], [131_072 + 65_536, 24, true])
    assert.equal(part, 'responses that wait for the converter')
  })

  it('are of half as many items more as there are connections, or of the workers where those are more', () => {
    const of = (downloadMaxConnections: number, downloadMaxWorkers: number) =>
      itemsInWork({ downloadMaxConnections, downloadMaxWorkers })
    assert.deepEqual([of(16, 2), of(3, 1), of(1, 1), of(2, 8)], [24, 4, 1, 8])
  })
})
