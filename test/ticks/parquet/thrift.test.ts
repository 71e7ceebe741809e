import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ThriftWriter } from '../../../functions/ticks/parquet/thrift.ts'
import { readThrift } from '../../support/readers/parquet-pages.ts'

/** What hyparquet's reader makes of it; every byte must have been read. */
function read(bytes: Buffer) {
  const { header, headerBytes } = readThrift(bytes, 0)
  assert.equal(headerBytes, bytes.length)
  return header
}

const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void) =>
  fc.assert(fc.property(arbitrary, holds), { seed: 1, numRuns: 300 })

describe('Thrift’s compact protocol', () => {
  it('writes integers of every size', () => {
    check(fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }), value =>
      assert.equal(read(new ThriftWriter().i16(1, value).finish()).field_1, value),
    )
    check(fc.integer(), value => assert.equal(read(new ThriftWriter().i32(1, value).finish()).field_1, value))
    const values = fc.oneof(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), fc.constantFrom(-(2 ** 52), 2 ** 52))
    check(values, value => assert.equal(read(new ThriftWriter().i64(1, value).finish()).field_1, BigInt(value)))
  })

  it('writes bytes and texts', () => {
    check(fc.uint8Array({ maxLength: 2000 }), value =>
      assert.deepEqual([...read(new ThriftWriter().binary(1, value).finish()).field_1], [...value]),
    )
    const text = read(new ThriftWriter().binary(1, 'ä€🚀').finish()).field_1
    assert.equal(Buffer.from(text).toString(), 'ä€🚀')
  })

  it('writes short and long lists', () => {
    for (const length of [0, 1, 14, 15, 16, 300]) {
      const numbers = Array.from({ length }, (_, i) => 1 - i * 7)
      const bytes = new ThriftWriter()
        .i32s(1, numbers)
        .i64s(2, numbers)
        .bools(
          3,
          numbers.map(n => n % 2 === 0),
        )
        .binaries(4, numbers.map(String))
        .structs(5, numbers, (struct, n) => struct.i32(2, n))
        .finish()
      const found = read(bytes)
      assert.deepEqual(found.field_1, numbers)
      assert.deepEqual(found.field_2, numbers.map(BigInt))
      assert.deepEqual(
        found.field_3,
        numbers.map(n => n % 2 === 0),
      )
      assert.deepEqual(
        found.field_4.map((text: Uint8Array) => Buffer.from(text).toString()),
        numbers.map(String),
      )
      assert.deepEqual(
        found.field_5,
        numbers.map(n => ({ field_2: n })),
      )
    }
  })

  it('writes fields far apart, and structs in structs', () => {
    const bytes = new ThriftWriter()
      .bool(1, true)
      .bool(16, false)
      .i32(40, 1)
      .struct(41, outer => outer.struct(20, inner => inner.i32(1, -1)).i32(21, 2))
      .i32(300, 3)
      .finish()
    const inner = { field_20: { field_1: -1 }, field_21: 2 }
    assert.deepEqual(read(bytes), { field_1: true, field_16: false, field_40: 1, field_41: inner, field_300: 3 })
  })

  it('appends structs that were written before, and is empty when it is finished', () => {
    const writer = new ThriftWriter()
    const parts = [1, 2].map(value => writer.i32(3, value).finish())
    assert.deepEqual(read(writer.written(1, parts).finish()), { field_1: [{ field_3: 1 }, { field_3: 2 }] })
    assert.deepEqual(read(writer.finish()), {})
  })
})
