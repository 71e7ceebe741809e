import assert from 'node:assert/strict'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const harness = new KernelHarness()
const { kernel } = harness

function scan(ids: readonly string[], previous = -1n) {
  harness.reset()
  harness.room(16)
  const { offsets, data } = harness.putTexts(ids)
  kernel.scanIds(offsets, data, 0, ids.length, previous)
  return {
    repeated: kernel.repeatedIds.value,
    increase: kernel.idsIncrease.value !== 0,
    last: kernel.lastId.value,
    missing: kernel.missingIds.value,
  }
}

/** The same by a loop over the ids. */
function expected(ids: readonly string[]) {
  let [missing, last, increase, repeated] = [0n, -1n, true, 0]
  for (const [row, id] of ids.entries()) {
    if (row > 0 && id === ids[row - 1]) repeated++
    const number = /^\d{1,18}$/.test(id) ? BigInt(id) : -1n
    if (number < 0n || number < last) increase = false
    if (!increase) continue
    if (last >= 0n && number > last) missing += number - last - 1n
    last = number
  }
  return { repeated, increase, last, missing }
}

describe('ids in the kernel', () => {
  it('are scanned as a loop would, whatever their length and steps', () => {
    const random = randomFrom(2)
    for (const start of [0n, 5n, 95n, 99_999_950n, 10n ** 15n - 40n, 10n ** 16n - 40n, 10n ** 17n])
      for (const step of [1, 2, 30, 1000])
        for (const leastStep of [0n, 1n]) {
          let id = start
          const ids = Array.from({ length: 100 }, () => {
            id += BigInt(random(step)) + leastStep
            return `${id}`
          })
          const { increase, last, missing, repeated } = expected(ids)
          assert.deepEqual(scan(ids), { repeated, increase, last, missing }, ids.join())
        }
  })

  it('are no numbers from the first one on that is none, or smaller than the one above', () => {
    const whole = Array.from({ length: 40 }, (_, n) => `${1000 + n}`)
    for (const odd of ['', 'a', '10 4', '/000', ':000', '1:04', '999', '1003', '00000000000000000000', 'é000'])
      for (const at of [1, 5, 39]) {
        const ids = whole.with(at, odd)
        assert.equal(scan(ids).increase, false, `${odd} at ${at}`)
        assert.equal(scan(ids).repeated, expected(ids).repeated)
      }
  })

  it('are counted where they repeat, numbers or not', () => {
    for (const id of ['', '7', 'abc', '1234567', '12345678', 'x1234567', '1234567890123456', 'f47ac10b-58cc-4372-a567'])
      for (const before of ['', '8', `${id}0`, `0${id}`, 'f47ac10b-58cc-4372-a568']) {
        const ids = [before, id, id, id, before, 'z', id, id]
        assert.equal(scan(ids).repeated, expected(ids).repeated, `${before} ${id}`)
      }
  })

  it('go on behind the last id of the row group before', () => {
    assert.deepEqual(scan(['13', '14'], 10n), { repeated: 0, increase: true, last: 14n, missing: 2n })
    assert.equal(scan(['9', '14'], 10n).increase, false)
  })
})
