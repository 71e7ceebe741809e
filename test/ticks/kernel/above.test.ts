import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { toRows } from '../../support/dataset.ts'
import { randomFrom } from '../../support/random.ts'

const NAMES = Array.from({ length: 5 }, (_, i) => i).flatMap(i =>
  ['asks', 'bids'].flatMap(side => [`${side}[${i}].price`, `${side}[${i}].amount`]),
)
const COLUMNS = NAMES.map(name =>
  name.replace(/^(ask|bid)s\[(\d)\]\.(.*)$/, (_, side, i, what) => `${side}_${what}_${+i + 1}`),
)
const HEADER = `exchange,symbol,timestamp,local_timestamp,${NAMES.join()}`

type Cells = readonly string[]

function lineOf(cells: Cells): string {
  return `binance-futures,BTCUSDT,1723161256298000,1723161255030314,${cells.join()}`
}

/** Reads rows of a book with five levels and compares each number with what its own text says. */
async function assertRead(rows: readonly Cells[], { lineEnd = '\n', chunkBytes = 1 << 20 } = {}): Promise<void> {
  const text = [HEADER, ...rows.map(lineOf), ''].join(lineEnd)
  const found = await toRows(text, 'book_snapshot_5', chunkBytes)
  assert.equal(found.length, rows.length)
  for (const [r, cells] of rows.entries())
    for (const [c, cell] of cells.entries()) {
      const expected = cell === '' ? null : Number(cell.replaceAll('"', ''))
      assert.ok(
        Object.is(found[r]![COLUMNS[c]!], expected),
        `row ${r}, ${COLUMNS[c]}: ${found[r]![COLUMNS[c]!]}, ${cell}`,
      )
    }
}

/** Twenty cells, the same for every row. */
const SAME: Cells = NAMES.map((_, c) => `${61_800 + c}.${c}`)
const withCell = (cells: Cells, at: number, cell: string) => cells.map((other, c) => (c === at ? cell : other))

describe('numbers that end a row', () => {
  it('are those of the row, whichever of them differ from the row above', async () => {
    const random = randomFrom(5)
    const texts = [
      '1',
      '12',
      '1.5',
      '1.55',
      '-1.5',
      '-0',
      '0',
      '61800.1',
      '61800.12',
      '123456789.12345',
      '1e-7',
      '0.00000001',
    ]
    for (const changes of [0, 1, 3, 10, 20]) {
      const rows: Cells[] = [SAME]
      while (rows.length < 2000) {
        let cells = rows.at(-1)!
        for (let i = 0; i < changes; i++) cells = withCell(cells, random(cells.length), texts[random(texts.length)]!)
        rows.push(cells)
      }
      await assertRead(rows)
    }
  })

  it('differ where one cell is the beginning of the other, or is longer than what is compared at once', async () => {
    const long = `0.${'123456789'.repeat(5)}`
    for (let c = 0; c < NAMES.length; c++)
      for (const [before, after] of [
        ['1.5', '1.55'],
        ['1.55', '1.5'],
        ['1.5', '1.6'],
        ['1', '-1'],
        [long, long],
        [long, `${long}1`],
      ] as const)
        await assertRead([withCell(SAME, c, before), withCell(SAME, c, after), withCell(SAME, c, after)])
  })

  it('are compared with the cell of the same column, however long the cells before it are', async () => {
    for (let length = 3; length < 40; length++) {
      const long = `0.${'123456789'.repeat(5)}`.slice(0, length)
      const above = ['7', long, '5', '9', ...SAME.slice(4)]
      // Each third number stands in the row above, but in another column: before the long cell, and behind its own.
      for (const third of ['7', '9', '5']) await assertRead([above, ['7', '1', third, '9', ...SAME.slice(4)]])
    }
  })

  it('have nulls and quotes of their own, not those of the row above', async () => {
    for (let c = 0; c < NAMES.length; c++)
      for (const odd of ['', '"2.5"', '"61800"']) {
        const cells = withCell(SAME, c, odd)
        await assertRead([SAME, cells, SAME, cells, cells, SAME, SAME])
        await assertRead([cells, withCell(cells, (c + 7) % 20, ''), cells, SAME])
        await assertRead([SAME, withCell(cells, (c + 19) % 20, '7'), SAME])
      }
  })

  it('are the same with CRLF, and when the bytes come in pieces', async () => {
    const rows = [SAME, SAME, withCell(SAME, 19, '7'), withCell(SAME, 0, '7'), SAME]
    for (const lineEnd of ['\n', '\r\n'])
      for (const chunkBytes of [1, 7, 100]) await assertRead(rows, { lineEnd, chunkBytes })
  })

  it('go on from row group to row group', async () => {
    const rows = Array.from({ length: 100_000 }, (_, r) => (r % 3 === 0 ? withCell(SAME, r % 20, `${r}`) : SAME))
    await assertRead(rows)
  })

  const refused: [string, string, string, RegExp][] = [
    ['a bad number', lineOf(withCell(SAME, 14, '1.5.5')), 'bid_price_4', /found "1\.5\.5,/],
    ['a byte that is no digit', lineOf(withCell(SAME, 14, '1\u00ff5')), 'bid_price_4', /expected a decimal number/],
    ['a cell too few', lineOf(SAME.slice(0, -1)), 'bid_price_5', /expected a comma and the next column/],
    ['no numbers but the first', lineOf(SAME.slice(0, 1)), 'ask_price_1', /expected a comma and the next column/],
    ['a cell too many', lineOf([...SAME, SAME[19]!]), 'bid_amount_5', /expected the end of the row/],
    ['a lone carriage return', lineOf(withCell(SAME, 14, '1\r2')), 'bid_price_4', /not CR/],
    ['a quote left open', lineOf(withCell(SAME, 14, '"1')), 'exchange', /closing quote/],
  ]
  for (const [what, line, column, message] of refused)
    it(`are refused with line and column below an equal row: ${what}`, async () => {
      const text = `${HEADER}\n${lineOf(SAME)}\n${lineOf(SAME)}\n${line}\n`
      await assert.rejects(
        toRows(gzipSync(Buffer.from(text, 'latin1')), 'book_snapshot_5'),
        (error: Error & Record<string, unknown>) => {
          assert.equal(error.name, 'MalformedDataError')
          assert.match(error.message, message)
          assert.deepEqual([error.line, error.column], [4, column])
          return true
        },
      )
    })
})
