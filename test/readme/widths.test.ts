import assert from 'node:assert/strict'
import { cells } from '../../functions/local/terminal/style.ts'
import { proseOf, recordScreens, SCREENS, type Screen, type Screens } from './widths.ts'

const WIDE = 10_000

describe('on a terminal', () => {
  let screens: Screens
  before(async () => {
    screens = await recordScreens([80, 120, WIDE])
  })
  const linesOf = (width: number, screen: Screen) => proseOf(screens.get(width)![screen])

  for (const width of [80, 120])
    describe(`of ${width} columns`, () => {
      for (const screen of Object.keys(SCREENS) as Screen[]) {
        it(`${screen} has no line that is wider`, () => {
          const lines = linesOf(width, screen)
          assert.ok(screen === 'files' || lines.some(line => line !== ''), 'it printed nothing')
          for (const line of lines) assert.ok(cells(line) <= width, `${cells(line)} cells: ${line}`)
        })

        it(`${screen} cuts nothing without a mark`, () => {
          const lines = linesOf(width, screen)
          const text = wordsOf(lines.join(' '))
          const isCut = (line: string) =>
            lines.some(shown => shown.endsWith('…') && wordsOf(line).startsWith(wordsOf(shown.slice(0, -1))))
          for (const line of linesOf(WIDE, screen))
            assert.ok(text.includes(wordsOf(line)) || isCut(line) || isOfWideTable(screen, line), `lost: ${line}`)
        })
      }
    })

  it('keeps every figure of a dry run where its table has fewer columns', () => {
    const narrow = wordsOf(linesOf(80, 'dry run').join(' '))
    const total = linesOf(WIDE, 'dry run').find(line => line.startsWith('  total'))!
    const [, download, within, rest] = /total +\d+ +(\S+ \S+) +(\S+ \S+ … \S+ \S+) +(.*)$/.exec(total)!
    assert.ok(narrow.includes(`estimated from: ${rest!.split('  ').at(-1)}`), narrow)
    assert.ok(narrow.includes(download!) && narrow.includes(within!), narrow)
    assert.ok(linesOf(120, 'dry run').includes(total))
  })
})

const wordsOf = (text: string) => text.replace(/\s+/g, ' ').trim()

/** A row of the table of a dry run, of which a narrow terminal shows fewer columns. */
function isOfWideTable(screen: Screen, line: string): boolean {
  return screen === 'dry run' && /^ {2}(?:data type|\w+) +\S/.test(line)
}
