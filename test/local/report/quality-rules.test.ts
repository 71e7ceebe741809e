import assert from 'node:assert/strict'
import { thresholdsOf } from '../../../functions/ledger/condition.ts'
import { decodeDocument } from '../../../functions/ledger/document.ts'
import { QualityRules, qualityRules } from '../../../functions/local/report/quality-rules.ts'

const parse = (document: object) => decodeDocument(qualityRules, 'quality.json', Buffer.from(JSON.stringify(document)))

describe('QualityRules', () => {
  it('are the thresholds of the manifests where there is no rule', () => {
    const rules = new QualityRules()
    assert.equal(rules.areDefault, true)
    assert.deepEqual(rules.thresholdsFor('deribit', 'trades'), {
      ...thresholdsOf('trades'),
      neighbourRows: 100,
      ignore: new Set(),
    })
    assert.equal(rules.thresholdsFor('deribit', 'liquidations').neighbourRows, null, 'they may be absent on any day')
  })

  it('take each field from the last rule that is for the venue and the data type', () => {
    const { rules } = parse({
      schemaVersion: 1,
      rules: [
        { gapSeconds: 600, share: 0.5 },
        { venues: ['binance*'], dataTypes: ['trades', 'book_*'], gapSeconds: 60, gapFactor: null },
        { venues: ['deribit'], neighbourRows: null, ignore: ['negative-latency'] },
      ],
    })
    const all = new QualityRules(rules)
    assert.equal(all.areDefault, false)
    const { gapSeconds, gapFactor, share } = all.thresholdsFor('binance-futures', 'book_snapshot_5')
    assert.deepEqual({ gapSeconds, gapFactor, share }, { gapSeconds: 60, gapFactor: null, share: 0.5 })
    assert.equal(all.thresholdsFor('binance-futures', 'quotes').gapSeconds, 600)
    const deribit = all.thresholdsFor('deribit', 'trades')
    assert.deepEqual([deribit.neighbourRows, [...deribit.ignore]], [null, ['negative-latency']])
    assert.equal(deribit.gapFactor, thresholdsOf('trades').gapFactor)
  })

  const faults: readonly (readonly [object, RegExp])[] = [
    [{ rules: [] }, /: quality\.json: schemaVersion is undefined, expected 1$/],
    [{ schemaVersion: 2, rules: [] }, /schemaVersion is 2, this release reads up to 1/],
    [{ schemaVersion: 1, rules: [{ gapSecond: 1 }] }, /rules\.0 is \{"gapSecond":1\}, expected no "gapSecond"/],
    [{ schemaVersion: 1, rules: [{}, { share: 2 }] }, /rules\.1\.share is 2, expected at most 1/],
    [{ schemaVersion: 1, rules: [{ gapSeconds: '5' }] }, /rules\.0\.gapSeconds is "5", expected number/],
    [{ schemaVersion: 1, rules: [{ ignore: ['gaps'] }] }, /rules\.0\.ignore\.0 is "gaps", expected "crossed" or /],
  ]
  for (const [document, expected] of faults)
    it(`name the field of ${JSON.stringify(document)}`, () => assert.throws(() => parse(document), expected))
})
