import assert from 'node:assert/strict'
import { excerptOf, withoutTags } from '../../functions/tardis/excerpt.ts'

describe('tardis/excerpt, time', () => {
  // Linear time takes milliseconds here. Quadratic time takes minutes, which is longer than a test may take.
  for (const [piece, count] of [
    ...['<', '<a', '</', '<script', '\n ', '&<'].map(short => [short, 3_000_000] as const),
    ['< >', 1_000_000],
    ['<head>', 500_000],
    ['<style><head>', 230_000],
  ] as const)
    it(`reads megabytes of ${JSON.stringify(piece)} in linear time`, () => {
      const page = piece.repeat(count)
      assert.ok(withoutTags(page).length <= 2 * page.length)
      assert.ok(excerptOf(Buffer.from(page)).length <= 201)
    })
})
