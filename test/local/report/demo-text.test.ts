import assert from 'node:assert/strict'
import { renderDemo } from '../../../functions/local/report/demo-text.ts'

const tally = [
  {
    dataType: 'incremental_book_L2',
    files: 2,
    rows: 30_554,
    textBytes: 2.4e6,
    sourceBytes: 233_000,
    parquetBytes: 145_000,
  },
]
const file = { rows: 0, columns: ['price'], first: [] }
const outputAt = (width: number) =>
  renderDemo({ name: 'x.parquet', file, tally, folder: './demo' }, { color: false, unicode: true, width })
    .split('\n')
    .slice(2, 4)

describe('renderDemo', () => {
  it('shows all sizes where they fit, and leaves out that of the text on a narrow terminal', () => {
    const whole = outputAt(62)
    assert.match(whole[0]!, /^ {2}data type .* CSV {2}CSV\.gz {2}Parquet$/)
    assert.ok(whole[1]!.length <= 62)
    const narrow = outputAt(whole[1]!.length - 1)
    assert.match(narrow[0]!, /^ {2}data type .* rows {2}CSV\.gz {2}Parquet$/)
    assert.equal(narrow[1], '  incremental_book_L2      2  30,554  233 kB   145 kB')
  })
})
