import assert from 'node:assert/strict'
import {
  convertersOf,
  fromManifestScope,
  hasOlderThan,
  summaryText,
  toManifestScope,
} from '../../functions/ledger/manifest.ts'

const counts = (stored: number, empty: number) => {
  return { items: 9, stored, empty, missing: 1, forbidden: 1, failed: 1, pending: 1 }
}

describe('ledger/manifest', () => {
  it('writes a scope as rows, and reads it back', () => {
    const scope = { quotes: ['A', 'B'], trades: 'all' } as const
    const rows = [
      { dataType: 'quotes', all: false, symbols: ['A', 'B'] },
      { dataType: 'trades', all: true, symbols: [] },
    ]
    assert.deepEqual(toManifestScope(scope), rows)
    assert.deepEqual(fromManifestScope(rows), scope)
  })

  it('counts the files of a manifest without converter versions as version 0', () => {
    assert.deepEqual(convertersOf({ counts: counts(2, 1) }), [{ version: 0, items: 3 }])
    assert.deepEqual(convertersOf({ counts: counts(0, 1) }), [{ version: 0, items: 1 }])
    assert.deepEqual(convertersOf({ counts: counts(0, 0) }), [])
    const converterVersions = [{ version: 2, items: 1 }]
    assert.deepEqual(convertersOf({ counts: counts(1, 0), converterVersions }), converterVersions)
  })

  it('has older files where one of its versions is lower', () => {
    const has = (...versions: number[]) => {
      const converterVersions = versions.map(version => ({ version, items: 1 }))
      return hasOlderThan(2, { counts: counts(versions.length, 0), converterVersions })
    }
    assert.deepEqual([has(1, 2), has(2), has(2, 3), has(1), has()], [true, false, false, true, false])
    assert.equal(hasOlderThan(2, { counts: counts(1, 0) }), true)
    assert.equal(hasOlderThan(2, { counts: counts(0, 0) }), false)
  })

  it('finds the summary in a beginning only where it is whole', () => {
    assert.equal(summaryText('{"a":1,"items":[{"b":2'), '{"a":1}')
    assert.equal(summaryText('{"a":1,"items":'), undefined)
    assert.equal(summaryText('{"a":1}'), undefined)
  })
})
