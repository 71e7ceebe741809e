import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { COLUMNS, record } from './record.ts'
import { terminalSvg } from './terminal-svg.ts'

/** Writes the README's picture from a run of `npm start`: `npm run picture`. */

const { code, frames, output } = await record(['demo'])
if (code !== 0) throw new Error(`the demo ended with exit code ${code}: ${output.join('\n')}`)
const percent = (frame: readonly string[]) => Number(/(\d+)%/.exec(frame[0] ?? '')?.[1] ?? 0)
const halfWay = frames.toSorted((a, b) => Math.abs(percent(a) - 50) - Math.abs(percent(b) - 50))[0] ?? []
const dim = (text: string) => `\x1b[2m${text}\x1b[0m`
const lines = [
  '\x1b[1m$ npm start\x1b[0m',
  dim('# while it runs'),
  ...halfWay,
  '',
  dim('# when it is done'),
  ...output.slice(
    output.findIndex(line => line.includes('venue ')),
    output.findIndex(line => line.includes('Next steps')),
  ),
].filter(line => !line.includes('duckdb -c') && !line.includes('Query with DuckDB'))
writeFileSync(join(import.meta.dirname, 'terminal.svg'), terminalSvg({ lines, columns: COLUMNS, title: 'npm start' }))
