import assert from 'node:assert/strict'
import {
  dayNoteName,
  dayNotesPrefix,
  parseDayNoteName,
  parseTableFolder,
  tableBuildName,
  tableFolder,
  tablesPrefix,
} from '../../functions/storage/table-names.ts'

const DAY = { venue: 'binance-futures', date: '2024-08-08' }

describe('storage/table-names', () => {
  it('names what belongs to the tables as documented, beside the prefix', () => {
    assert.deepEqual(['ticks', 'a/ticks'].map(tablesPrefix), ['_iceberg/', 'a/_iceberg/'])
    assert.equal(tableFolder('a/ticks', 'trades'), 'a/_iceberg/trades/')
    assert.equal(tableBuildName('ticks'), '_iceberg/_build.json')
    assert.equal(dayNotesPrefix('ticks', 'queue'), '_iceberg/_queue/venue=')
    assert.equal(dayNoteName('ticks', 'queue', DAY), '_iceberg/_queue/venue=binance-futures/date=2024-08-08.json')
    assert.equal(
      dayNoteName('a/ticks', 'left-out', DAY),
      'a/_iceberg/_left-out/venue=binance-futures/date=2024-08-08.json',
    )
  })

  it('refuses what is no data type, venue or date', () => {
    assert.throws(() => tableFolder('ticks', '_queue'), RangeError)
    assert.throws(() => dayNoteName('ticks', 'queue', { ...DAY, venue: '../x' }), RangeError)
    assert.throws(() => dayNoteName('ticks', 'queue', { ...DAY, date: '2024-02-30' }), RangeError)
  })

  it('reads the folder of a table back, and takes no other for one', () => {
    for (const prefix of ['ticks', 'a/ticks'])
      assert.equal(parseTableFolder(prefix, tableFolder(prefix, 'trades')), 'trades')
    for (const folder of ['_iceberg/_queue/', '_iceberg/trades', '_iceberg/trades/x/', 'x_iceber/trades/', '_iceberg/'])
      assert.equal(parseTableFolder('ticks', folder), undefined, folder)
  })

  it('reads the note of a venue-day back, and takes no other object for one', () => {
    for (const prefix of ['ticks', 'a/ticks'])
      for (const kind of ['queue', 'left-out'] as const)
        assert.deepEqual(parseDayNoteName(prefix, kind, dayNoteName(prefix, kind, DAY)), DAY)
    const name = dayNoteName('ticks', 'queue', DAY)
    assert.equal(parseDayNoteName('ticks', 'left-out', name), undefined)
    const others = [
      '',
      name.replace('binance-futures', 'Binance'),
      name.replace('2024-08-08', '2024-02-30'),
      name.replace('.json', '.text'),
      name.replace('_queue', '_cueue'),
      `${name}/date=2024-08-08.json`,
      '_iceberg/_queue/venue=binance-futures',
    ]
    for (const other of others) assert.equal(parseDayNoteName('ticks', 'queue', other), undefined, other)
  })
})
