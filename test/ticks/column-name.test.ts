import assert from 'node:assert/strict'
import fc from 'fast-check'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { columnName, vendorName } from '../../functions/ticks/column-name.ts'
import { standardColumns } from '../../functions/ticks/columns.ts'
import { documentedColumns } from '../support/csv-oracle.ts'

/** Reads a name of at most 200 characters back, by the rules of the README. */
function decode(name: string): string {
  const [, side, what, level] = /^(ask|bid)_(price|amount)_(\d+)$/.exec(name) ?? []
  if (side) return `${side}s[${Number(level) - 1}].${what}`
  return name
    .replace(/^vendor_/, '')
    .replace(/_x([0-9a-f]{4,6})_/g, (_escape, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
}

const PIECES = ['_', 'x', '_x', '002d', '_x0041_', '-', 'A', 'a', 'é', '🦄', 'vendor_', 'date', '1', '.', ' ']
/** Names made of the pieces that the rules are about, and of anything else. */
const names = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map(pieces => pieces.join('')),
  fc.constantFrom('asks[0].price', 'ask_price_1', 'asks[00].price', 'Date', 'DATE', 'data_type', 'vendor_date'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
)

describe('the name of a column', () => {
  it('is the vendor’s own for each column that the vendor documents, but for the levels of a book', () => {
    for (const dataType of KNOWN_DATA_TYPES)
      for (const name of documentedColumns(dataType).keys()) {
        const [, side, level, what] = /^(ask|bid)s\[(\d+)\]\.(.*)$/.exec(name) ?? []
        assert.equal(columnName(name), side ? `${side}_${what}_${Number(level) + 1}` : name)
        assert.equal(vendorName(columnName(name)), name)
      }
  })

  for (const [vendor, expected] of [
    ['asks[0].price', 'ask_price_1'],
    ['bids[24].amount', 'bid_amount_25'],
    ['new_column', 'new_column'],
    ['date', 'vendor_date'],
    ['Date', 'vendor__x0044_ate'],
    ['venue', 'vendor_venue'],
    ['data_type', 'vendor_data_type'],
    ['filename', 'vendor_filename'],
    ['file_row_number', 'vendor_file_row_number'],
    ['vendor_date', 'vendor_vendor_date'],
    ['24h_volume', 'vendor_24h_volume'],
    ['_table_', 'vendor__table_'],
    ['Price', 'vendor__x0050_rice'],
    ['rpi-qty', 'rpi_x002d_qty'],
    ['rpi.qty', 'rpi_x002e_qty'],
    ['rpi_x002d_qty', 'rpi_x005f_x002d_qty'],
    ['index_x', 'index_x'],
    ['größe', 'gr_x00f6__x00df_e'],
    ['🦄', 'vendor__x1f984_'],
    ['ask_price_1', 'vendor_ask_price_1'],
    ['asks[00].price', 'asks_x005b_00_x005d__x002e_price'],
  ] as const)
    it(`of ${JSON.stringify(vendor)} is ${expected}`, () => assert.equal(columnName(vendor), expected))

  it('is of a level of a book only where all of it is', () => {
    assert.equal(columnName('xasks[0].price'), 'xasks_x005b_0_x005d__x002e_price')
    assert.equal(columnName('asks[0].price2'), 'asks_x005b_0_x005d__x002e_price2')
    for (const name of ['my_ask_price_1', 'ask_price_1x'])
      assert.deepEqual([columnName(name), vendorName(name)], [name, name])
  })

  it('holds a-z, 0-9 and underscores, begins with a letter, and is no name that readers add', () => {
    const property = fc.property(names, name => {
      const found = columnName(name)
      assert.match(found, /^[a-z][a-z0-9_]{0,232}$/)
      assert.ok(!['data_type', 'venue', 'date', 'filename', 'file_row_number'].includes(found))
    })
    fc.assert(property, { seed: 1, numRuns: 3000 })
  })

  it('can be read back, so no two names of the vendor give one', () => {
    const property = fc.property(names, name => {
      if (columnName(name).length <= 200) assert.equal(decode(columnName(name)), name)
    })
    fc.assert(property, { seed: 2, numRuns: 5000 })
  })

  it('of more than 200 characters is cut, and names that differ behind the cut stay different', () => {
    const long = 'x'.repeat(500)
    const found = [columnName(long), columnName(`${long}y`), columnName('x'.repeat(200))]
    assert.deepEqual(
      found.map(name => name.length),
      [233, 233, 200],
    )
    assert.equal(new Set(found).size, 3)
  })

  it('stands in no standard schema twice', () => {
    for (const dataType of KNOWN_DATA_TYPES) {
      const found = standardColumns(dataType).map(field => field.name)
      assert.equal(new Set(found).size, found.length)
    }
  })
})
