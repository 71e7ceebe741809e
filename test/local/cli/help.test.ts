import assert from 'node:assert/strict'
import { COMMANDS } from '../../../functions/local/cli/commands/table.ts'
import { commandHelp, overview } from '../../../functions/local/cli/help.ts'
import { cells } from '../../../functions/local/terminal/style.ts'

describe('help', () => {
  for (const width of [80, 120]) {
    it(`fits ${width} columns, but for examples, which stay whole`, async () => {
      const texts = [overview(COMMANDS, width)]
      for (const { name, load } of COMMANDS) texts.push(commandHelp(name, (await load()).default, width))
      for (const text of texts) {
        const lines = text.split('\n').filter(line => !line.startsWith('  npx ') && !line.startsWith('Usage: '))
        for (const line of lines) assert.ok(cells(line) <= width, line)
      }
    })
  }
})
