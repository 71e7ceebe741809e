import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { gzipSync } from 'node:zlib'
import { MalformedDataError } from '../../functions/ticks/errors.ts'
import { readRecordBatches } from '../../functions/ticks/record-batch.ts'
import { chunksOf, toParquet, toRows } from '../support/dataset.ts'
import { randomFrom } from '../support/random.ts'

const COLUMNS = ['exchange', 'symbol', 'timestamp', 'local_timestamp', 'id', 'side', 'price', 'amount', 'new']
const GOOD = ['x', 'y', '1', '2', 'id', 'buy', '1', '2', 'text']

/** A dataset of trades with one column that is new; rows are cells in bytes. */
function gzipOf(rows: readonly (readonly (string | Uint8Array)[])[]): Buffer {
  const line = (cells: readonly (string | Uint8Array)[]) =>
    Buffer.concat(cells.flatMap((cell, c) => [Buffer.from(c === 0 ? '' : ','), Buffer.from(cell as string)]))
  return gzipSync(Buffer.concat([COLUMNS, ...rows].flatMap(cells => [line(cells), Buffer.from('\n')])), { level: 1 })
}

const withCell = (column: string, cell: string | Uint8Array) =>
  GOOD.map((good, c) => (COLUMNS[c] === column ? cell : good))

const WRONG: readonly (readonly [what: string, bytes: readonly number[], hex: string])[] = [
  ['Latin-1', [0xe9], 'e9'],
  ['an overlong sequence of two bytes', [0xc0, 0xaf], 'c0 af'],
  ['an overlong sequence of three bytes', [0xe0, 0x9f, 0xbf], 'e0 9f bf'],
  ['an overlong sequence of four bytes', [0xf0, 0x8f, 0xbf, 0xbf], 'f0 8f bf bf'],
  ['half of a surrogate pair', [0xed, 0xa0, 0x80], 'ed a0 80'],
  ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 'f4 90 80 80'],
  ['a sequence of two bytes that is cut', [0xc3], 'c3'],
  ['a sequence of three bytes that is cut', [0xe5, 0xb8], 'e5 b8'],
  ['a sequence of four bytes that is cut', [0xf0, 0x9f, 0xa6], 'f0 9f a6'],
  ['a continuation byte alone', [0x80], '80'],
  ['more than four continuation bytes', [0x80, 0x81, 0x82, 0x83, 0x84, 0x85], '80 81 82 83'],
  ['a byte that UTF-8 never has', [0xff], 'ff'],
]

describe('a cell whose bytes are not UTF-8', () => {
  for (const [what, bytes, hex] of WRONG)
    it(`stops the file with line, column and bytes: ${what}`, async () => {
      const cell = Buffer.from([0x63, 0x61, 0x66, ...bytes])
      for (const column of ['exchange', 'symbol', 'id', 'side', 'new'])
        for (const form of [cell, Buffer.concat([Buffer.from('"'), cell, Buffer.from('"')])]) {
          const gzip = gzipOf([GOOD, withCell(column, form), GOOD])
          const expected = {
            name: 'MalformedDataError',
            message: new RegExp(
              `^line 3, column ${column}: found the bytes ${hex} after "(\\\\")?caf", expected UTF-8$`,
            ),
            line: 3,
            column,
          }
          await assert.rejects(toParquet(gzip, { chunkBytes: 1 }), expected)
          await assert.rejects(toRows(gzip), expected)
        }
    })

  it('stops a file without a header in its first line', async () => {
    const cells = GOOD.slice(0, 8).map((good, c) => (c === 4 ? Buffer.from([0x69, 0xe9]) : Buffer.from(good)))
    const gzip = gzipSync(Buffer.concat(cells.flatMap(cell => [cell, Buffer.from(',')]).slice(0, -1)))
    await assert.rejects(toRows(gzip), { message: 'line 1, column id: found the bytes e9 after "i", expected UTF-8' })
  })

  it('is not helped by the next cell, nor by the next row', async () => {
    const [lead, rest] = [Buffer.from([0x61, 0xc3]), Buffer.from([0xa9])]
    const two = withCell('id', lead).map((cell, c) => (COLUMNS[c] === 'side' ? rest : cell))
    await assert.rejects(toRows(gzipOf([two])), { line: 2, column: 'id' })
    await assert.rejects(toRows(gzipOf([withCell('new', lead), withCell('exchange', rest)])), {
      line: 2,
      column: 'new',
    })
  })

  it('is found behind long texts, and where many rows came before', async () => {
    const long = Buffer.from(`${'安'.repeat(20_000)}é`)
    const cut = long.subarray(0, -1)
    await assert.rejects(toRows(gzipOf([withCell('id', long), withCell('new', cut)])), {
      line: 3,
      column: 'new',
      message: /found the bytes c3 after ".*安安", expected UTF-8/,
    })
    const rows: (readonly (string | Uint8Array)[])[] = Array.from({ length: 150_000 }, () => GOOD)
    rows[140_000] = withCell('symbol', Buffer.from([0xe9]))
    await assert.rejects(toParquet(gzipOf(rows)), { line: 140_002, column: 'symbol' })
  })
})

describe('text in UTF-8', () => {
  const pieces = ['a', 'é', '安', '🦄', 'ÄÖÜ-PERP', '0123456789abcdef', '""'].map(text => Buffer.from(text))

  /** A cell of any pieces in quotes or not, sometimes with a byte changed to another one outside ASCII. */
  function anyCell(random: (below: number) => number): { cell: Buffer; text: Buffer } {
    const isQuoted = random(3) === 0
    const parts = Array.from({ length: 1 + random(9) }, () => pieces[random(isQuoted ? 7 : 6)]!)
    const inside = Buffer.concat(parts)
    const changed = random(inside.length)
    if (random(40) === 0 && inside[changed] !== 0x22) inside[changed] = 0x80 + random(128)
    const text = isQuoted ? Buffer.from(inside.toString('latin1').replaceAll('""', '"'), 'latin1') : inside
    return { cell: isQuoted ? Buffer.concat([Buffer.from('"'), inside, Buffer.from('"')]) : inside, text }
  }

  it('comes through whole at every border of pieces, or the first bad cell is named', async () => {
    const random = randomFrom(7)
    let [whole, refused] = [0, 0]
    for (let run = 0; run < 400; run++) {
      const texts: Buffer[][] = []
      const rows = Array.from({ length: 1 + random(12) }, () => {
        const cells = COLUMNS.map(() => anyCell(random))
        texts.push(cells.map(({ text }) => text))
        return GOOD.map((good, c) => (TEXT_COLUMNS.has(COLUMNS[c]!) ? cells[c]!.cell : good))
      })
      const firstBad = texts
        .flatMap((cells, row) => cells.map((text, c) => ({ text, line: row + 2, column: COLUMNS[c]! })))
        .find(({ text, column }) => TEXT_COLUMNS.has(column) && !isUtf8(text))
      const found = await rowsOrError(gzipOf(rows), 1 + random(60))
      if (firstBad) {
        assert.ok(found instanceof MalformedDataError)
        assert.deepEqual([found.line, found.column], [firstBad.line, firstBad.column])
        refused++
      } else {
        assert.deepEqual(
          found,
          texts.map(cells => cells.filter((_, c) => TEXT_COLUMNS.has(COLUMNS[c]!)).map(text => text.toString())),
        )
        whole++
      }
    }
    assert.ok(whole > 100 && refused > 100, `${whole} whole, ${refused} refused`)
  })
})

const TEXT_COLUMNS = new Set(['exchange', 'symbol', 'id', 'side', 'new'])

async function rowsOrError(gzip: Buffer, chunkBytes: number): Promise<unknown> {
  const rows: unknown[] = []
  try {
    for await (const batch of readRecordBatches(chunksOf(gzip, chunkBytes), { dataType: 'trades' }))
      for (const row of batch) rows.push([...TEXT_COLUMNS].map(name => row[name]))
    return rows
  } catch (error) {
    return error
  }
}
