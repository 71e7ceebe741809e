import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { COMMANDS } from '../../../functions/local/cli/commands/table.ts'
import { dates, withDates } from '../../../functions/local/cli/dates.ts'
import { day, readFlags } from '../../../functions/local/cli/flags.ts'
import { callMain } from './cli.ts'

const FLAGS = { 'start-date': day('first'), 'end-date': day('last'), dates: dates(() => '2024-08-15') }

describe('--dates', () => {
  it('stands for --start-date and --end-date', () => {
    const { values, given, faults } = withDates(readFlags(FLAGS, ['--dates', 'last-7-days']))
    assert.deepEqual([values['start-date'], values['end-date'], faults], ['2024-08-08', '2024-08-14', []])
    assert.deepEqual([...given], ['dates', 'start-date', 'end-date'])
  })

  it('excludes them', () => {
    const { faults } = withDates(readFlags(FLAGS, ['--dates', '2024', '--end-date', '2024-08-01']))
    assert.deepEqual(faults, ['--dates and --end-date exclude each other'])
  })

  it('changes nothing where it is not given', () => {
    const read = readFlags(FLAGS, ['--start-date', '2024-08-01'])
    assert.equal(withDates(read), read)
  })

  it('is in each command that takes a range, and a wrong one is one fault', async () => {
    for (const { name, load } of COMMANDS) {
      const { flags } = (await load()).default
      assert.equal('dates' in flags, 'start-date' in flags, name)
    }
    const { code, stderr } = await callMain(['download', '--venues', 'deribit', '--dates', '2024-13'], {
      cwd: tmpdir(),
    })
    assert.equal(code, 2)
    assert.match(stderr, /^tick-handler: --dates: found "2024-13", expected a day, month or year .*\n$/)
  })

  it('reaches the command as its first and last day', async () => {
    const { code, stderr } = await callMain(['download', '--venues', 'deribit', '--dates', '2099-02'], {
      cwd: tmpdir(),
    })
    assert.equal(code, 2)
    assert.match(stderr, /^tick-handler: --start-date: 2099-02-01 has not begun .*\n.* --end-date: 2099-02-28 has not/)
  })
})
