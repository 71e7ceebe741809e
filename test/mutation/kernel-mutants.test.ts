import assert from 'node:assert/strict'
import { mutantsOf, mutated } from './kernel-mutants.ts'

const all = (source: string) => mutantsOf(source).map(mutant => mutated(source, mutant))

describe('mutants of the kernel', () => {
  it('change comparisons, their bounds, signs, shifts and bits, one at a time', () => {
    assert.deepEqual(all('if (a < 16 && b == c) return'), [
      'if (a <= 16 && b == c) return',
      'if (a >= 16 && b == c) return',
      'if (a < 16 || b == c) return',
      'if (a < 16 && b != c) return',
      'if (a < 17 && b == c) return',
    ])
    assert.deepEqual(all('p += (x >> 3) & 0xff'), [
      'p -= (x >> 3) & 0xff',
      'p += (x << 3) & 0xff',
      'p += (x >> 3) | 0xff',
      'p += (x >> 4) & 0xff',
    ])
  })

  it('leave comments, imports and types alone', () => {
    for (const text of [
      '/** a < b */',
      ' * 1 + 2',
      '// x == y',
      "import { a } from 'b'",
      'store<u32>(p, 0)',
      'let a: u64 = 5',
    ])
      assert.deepEqual(
        all(text).filter(changed => changed !== 'let a: u64 = 6'),
        [],
        text,
      )
  })

  it('change the line that they name', () => {
    assert.deepEqual(all('a()\nb = c - d\n'), ['a()\nb = c + d\n'])
  })
})
