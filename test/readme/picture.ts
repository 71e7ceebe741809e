import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cells, wrapText } from '../../functions/local/terminal/style.ts'
import { COLUMNS, recordAlone } from './record.ts'
import { plainText, terminalSvg } from './terminal-svg.ts'
import { recordWalk, type Step } from './walk.ts'
import { recordScreens } from './widths.ts'

/**
 * Writes the README's pictures from runs of `npm start` and of a new user's commands: `npm run picture`. With a folder,
 * `npm run picture -- DIR`, it writes help and tables on terminals of 80 and 120 columns there instead, to be looked at.
 */

const [folder] = process.argv.slice(2)
if (folder !== undefined) await drawScreens(folder)
else await drawReadme()

async function drawScreens(folder: string): Promise<void> {
  for (const [columns, screens] of await recordScreens([80, 120]))
    for (const [title, lines] of Object.entries(screens))
      writeFileSync(join(folder, `${title} ${columns}.svg`), terminalSvg({ lines, columns, title }))
}

async function drawReadme(): Promise<void> {
  const { code, frames, output } = await recordAlone(['demo'])
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

  for (const [name, steps] of Object.entries(await recordWalk())) {
    const title = { find: 'find what there is', chart: 'download it and query it' }[name] ?? name
    const svg = terminalSvg({ lines: steps.flatMap(linesOf), columns: COLUMNS, title })
    writeFileSync(join(import.meta.dirname, `${name}.svg`), svg)
  }
}

function linesOf({ line, code, output }: Step): string[] {
  if (code !== 0) throw new Error(`${line} ended with exit code ${code}: ${output.join('\n')}`)
  const [first = '', ...more] = wrapText(`$ npx --no tick-handler ${line}`, COLUMNS - 4)
  const typed = [first, ...more.map(text => `    ${text}`)].map(text => `\x1b[1m${text}\x1b[0m`)
  return [...typed, ...shownOf(output), '']
}

/** Without the queries that are proposed, with one empty line where there are several, and wrapped as by a terminal. */
function shownOf(output: readonly string[]): string[] {
  const query = output.findIndex(line => line.includes('Query with DuckDB'))
  const lines = query === -1 ? output : output.slice(0, query)
  return lines
    .join('\n')
    .replace(/^\n+|\s+$/g, '')
    .replace(/\n{3,}/g, '\n\n')
    .split('\n')
    .flatMap(line => (cells(plainText(line)) > COLUMNS ? wrapText(line, COLUMNS) : [line]))
}
