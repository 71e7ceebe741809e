import assert from 'node:assert/strict'
import fc from 'fast-check'
import { loadDotEnv } from '../../../functions/runtime/config/dot-env.ts'
import { faultsOf } from './faults-of.ts'

const KEY = 'TD.AbCdEfGh01234567.-XyZ'

describe('runtime/config/dot-env', () => {
  it('reads names, comments, quotes and values over several lines, with either line ending', () => {
    const text =
      '\ufeff# ours\n\nVENUES=binance\nexport BATCH_SIZE = 5 # few\nTARDIS_API_KEY="a\nb" # two lines\n  LOG_LEVEL=\'debug\'\nEMPTY=\n'
    const expected = { VENUES: 'binance', BATCH_SIZE: '5', TARDIS_API_KEY: 'a\nb', LOG_LEVEL: 'debug', EMPTY: '' }
    assert.deepEqual(loadDotEnv(text), expected)
    assert.deepEqual(loadDotEnv(text.replaceAll('\n', '\r\n')), expected)
    assert.deepEqual(loadDotEnv(''), {})
  })

  it('names the faulty lines and why, and shows nothing that may be a key', () => {
    const text = `VENUES=binance\nTARDIS_API_KEY: ${KEY}\n2ND=x\n${KEY}\nA="x" y\nB=1\u0000\nC='open\nD=1`
    const faults = faultsOf(() => loadDotEnv(text, 'prod.env'))
    assert.deepEqual(faults, [
      'prod.env line 2: found no = (40 characters, not shown), expected NAME=value, # comment or nothing',
      'prod.env line 3: found no name that a variable can have before the = (5 characters, not shown), expected NAME=value, # comment or nothing',
      'prod.env line 4: found no = (24 characters, not shown), expected NAME=value, # comment or nothing',
      'prod.env line 5: found text after the value\'s closing ", expected nothing or a # comment',
      'prod.env line 6: found a control character, expected text',
      "prod.env line 7: found a value that begins with ', expected another ' at its end",
    ])
  })

  it('throws nothing but ConfigError, whatever the file holds, and loses no valid line', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('A=1', 'B="x', 'y"', '#', "C='", '`', 'export D=2', '\r'),
    )
    fc.assert(
      fc.property(fc.array(line), lines => {
        const text = lines.join('\n')
        const faults = faultsOf(() => loadDotEnv(text))
        for (const fault of faults) assert.match(fault, /^\.env line \d+: found [^\p{Cc}]*, expected /u)
        if (faults.length === 0 && /^D=/m.test(text)) assert.ok('D' in loadDotEnv(text))
      }),
      { numRuns: 1_000 },
    )
  })
})
