import assert from 'node:assert/strict'
import { day, list, natural, readFlags, text, toggle } from '../../../functions/local/cli/flags.ts'
import { venue } from '../../../functions/runtime/config/values.ts'

const FLAGS = {
  venues: list('V,…', '', venue),
  'start-date': day(''),
  'max-instruments': natural('N', '', 5000),
  bucket: text('NAME', ''),
  force: toggle(''),
}
const read = (...argv: string[]) => readFlags(FLAGS, argv)

describe('readFlags', () => {
  it('reads values of every kind, after a space or =', () => {
    const { values, faults, rest } = read(
      ...['--venues', 'a,b', '--start-date=2024-02-29', '--max-instruments', '3', '--bucket=x', '--force'],
    )
    assert.deepEqual(faults, [])
    assert.deepEqual(rest, [])
    assert.deepEqual(
      { ...values },
      { venues: ['a', 'b'], 'start-date': '2024-02-29', 'max-instruments': 3, bucket: 'x', force: true },
    )
  })

  it('gathers a list from several flags, each name once and in order', () => {
    assert.deepEqual(read('--venues', 'b, a', '--venues=a,c,').values.venues, ['b', 'a', 'c'])
  })

  for (const [argv, fault] of [
    [['--venus', 'binance'], '--venus: unknown flag (did you mean --venues?)'],
    [['--x=1'], '--x: unknown flag'],
    [['-f'], '-f: unknown flag'],
    [['--venues'], '--venues: needs a value: V,…'],
    [['--venues', '--force'], '--venues: needs a value: V,… (found the flag "--force")'],
    [
      ['--venues', 'deribit,Binance'],
      '--venues: found "Binance", expected a Tardis exchange id (lower-case letters, digits and -, like binance-futures)',
    ],
    [['--bucket='], '--bucket: needs a value: NAME'],
    [['--force=no'], '--force: takes no value, found "no"'],
    [['--max-instruments', '0'], '--max-instruments: found "0", expected a whole number from 1 to 5000'],
    [['--max-instruments=-3'], '--max-instruments: found "-3", expected a whole number from 1 to 5000'],
    [['--bucket', 'a', '--bucket', 'b'], '--bucket: given 2 times, expected once'],
    [
      ['--start-date', '2024-02-30'],
      '--start-date: found "2024-02-30", expected a date as YYYY-MM-DD between 2010-01-01 and 2100-12-31',
    ],
  ] as const) {
    it(`says of ${argv.join(' ')}: ${fault}`, () => {
      const { faults, rest } = read(...argv)
      assert.deepEqual(faults, [fault])
      assert.deepEqual(rest, [])
    })
  }

  it('reports all faults at once, and which flags were tried', () => {
    const { faults, given, rest } = read('--start-date', 'x', '--forse', '--max-instruments', 'many', 'stray', 'more')
    assert.equal(faults.length, 3)
    assert.deepEqual([...given], ['start-date', 'max-instruments'])
    assert.deepEqual(rest, ['stray', 'more'])
  })

  it('takes what belongs to no flag as the rest, wherever it stands', () => {
    assert.deepEqual(read('first', '--force', 'second').rest, ['first', 'second'])
  })

  it('does not take a name of Object.prototype for a flag', () => {
    assert.deepEqual(read('--constructor').faults, ['--constructor: unknown flag'])
  })
})
