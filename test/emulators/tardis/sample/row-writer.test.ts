import assert from 'node:assert/strict'
import fc from 'fast-check'
import { RowWriter } from '../../../../functions/emulators/tardis/sample/row-writer.ts'

const written = (write: (rows: RowWriter) => void, maxRows?: number) => {
  const rows = new RowWriter(maxRows)
  write(rows)
  return Buffer.from(rows.takePiece()).toString()
}

describe('emulators/tardis/sample/row-writer', () => {
  it('writes decimals as JavaScript writes the numbers', () => {
    const scaled = fc.oneof(
      fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
      fc.integer({ min: 0, max: 2 ** 45 }),
    )
    fc.assert(
      fc.property(scaled, fc.integer({ min: 0, max: 5 }), (value, decimals) => {
        assert.equal(
          written(rows => rows.decimal(value, decimals)),
          `${value / 10 ** decimals},`,
        )
      }),
    )
    assert.equal(
      written(rows => rows.decimal(1, 8)),
      '0.00000001,',
    )
  })

  it('writes times as sixteen digits', () => {
    for (const micros of [1_723_075_200_000_000, 1_723_075_299_999_999, 1_000_000_000_000_001])
      assert.equal(
        written(rows => rows.micros(micros)),
        `${micros},`,
      )
  })

  it('writes rows, repeats prefixes, and keeps no more rows than were asked for', () => {
    const write = (rows: RowWriter) => {
      rows.header('a,b,c')
      rows.beginPrefix()
      rows.text('x')
      rows.bytes(Buffer.from('y'))
      rows.endPrefix()
      for (let i = 0; i < 3; i++) {
        if (i > 0) rows.prefix()
        rows.empty()
        rows.endRow()
      }
    }
    assert.equal(written(write), 'a,b,c\nx,y,\nx,y,\nx,y,\n')
    assert.equal(written(write, 2), 'a,b,c\nx,y,\nx,y,\n')
  })
})
