/** A terminal's text with its colours as a picture: an SVG that needs no font of its own and no script. */

export interface Picture {
  /** Lines with SGR codes (https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters). */
  readonly lines: readonly string[]
  readonly columns: number
  readonly title: string
}

const CELL = { width: 8.2, height: 18 }
const MARGIN = 16
const BAR = 30
const CLASSES: Readonly<Record<string, string>> = {
  ...{ 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 35: 'magenta', 36: 'cyan' },
}
const STYLE = `
text { font: 13.5px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6dbe4; white-space: pre; }
.title { font: 12px system-ui, sans-serif; fill: #98a2b3; }
.bold { font-weight: 700; fill: #ffffff; } .dim { fill: #8b95a5; } .red { fill: #ff7b72; } .green { fill: #56d364; }
.yellow { fill: #e3b341; } .magenta { fill: #d2a8ff; } .cyan { fill: #56c7d9; }
`

/** Draws the picture. A run of cells is as wide as its cells, whatever font the reader's machine has. Pure. */
export function terminalSvg({ lines, columns, title }: Picture): string {
  const width = Math.ceil(columns * CELL.width) + 2 * MARGIN
  const height = lines.length * CELL.height + BAR + 2 * MARGIN
  const body = lines.map((line, row) => drawLine(line, columns, BAR + MARGIN + row * CELL.height + 13))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style>`,
    `<rect width="${width}" height="${height}" rx="10" fill="#12161d"/>`,
    `<path d="M0 ${BAR}H${width}" stroke="#262d38"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (color, at) => `<circle cx="${20 + at * 18}" cy="15" r="5.5" fill="${color}"/>`,
    ),
    `<text class="title" x="${width / 2}" y="19" text-anchor="middle">${escaped(title)}</text>`,
    ...body.flat(),
    '</svg>',
    '',
  ].join('\n')
}

/** The picture's text, line by line, as `terminalSvg` was given it but for the colours. */
export function textOf(svg: string): string[] {
  const rows = new Map<string, string>()
  for (const [, x, y, text] of svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)) {
    const column = Math.round((Number(x) - MARGIN) / CELL.width)
    rows.set(y!, (rows.get(y!) ?? '').padEnd(column) + unescaped(text!))
  }
  return [...rows.values()]
}

/** One text per group of words: renderers disagree on spaces in a row, so no text holds any. */
function drawLine(line: string, columns: number, y: number): string[] {
  let column = 0
  return runsOf(line).flatMap(({ text, style }) => {
    const start = column
    column += text.length
    return [...text.matchAll(/\S+(?: \S+)*/g)].flatMap(({ 0: words, index }) => {
      const shown = words.slice(0, Math.max(0, columns - start - index)).trimEnd()
      if (shown === '') return []
      const x = (MARGIN + (start + index) * CELL.width).toFixed(1)
      const size = `textLength="${(shown.length * CELL.width).toFixed(1)}"`
      return [`<text x="${x}" y="${y}" ${size}${style ? ` class="${style}"` : ''}>${escaped(shown)}</text>`]
    })
  })
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const SGR = /\x1b\[([\d;]*)m/

function runsOf(line: string): { text: string; style: string }[] {
  let style = ''
  return line.split(SGR).flatMap((part, at) => {
    const codes = at % 2 === 1 ? part : undefined
    if (codes === undefined) return part === '' ? [] : [{ text: part, style }]
    style = codes
      .split(';')
      .map(code => CLASSES[code] ?? '')
      .filter(Boolean)
      .join(' ')
    return []
  })
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** A line without its colours. */
export function plainText(line: string): string {
  return runsOf(line)
    .map(({ text }) => text)
    .join('')
}
