/** A wrong change of one place in a line; columns count from 0. */
export interface Mutant {
  readonly line: number
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** Comparisons and their bounds, signs, shifts and bits: what is easily wrong in code that works on bytes. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '==': ['!='],
  '!=': ['=='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '<<': ['>>'],
  '>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['|'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
}

/** Every wrong change of a source that is formatted as ours: an operator stands between spaces. Comments have none. */
export function mutantsOf(source: string): Mutant[] {
  return source
    .split('\n')
    .flatMap((text, line) => (isCode(text) ? [...ofOperators(text, line), ...ofNumbers(text, line)] : []))
}

/** The source with one change. */
export function mutated(source: string, { line, start, end, replacement }: Mutant): string {
  const lines = source.split('\n')
  lines[line] = lines[line]!.slice(0, start) + replacement + lines[line]!.slice(end)
  return lines.join('\n')
}

function isCode(text: string): boolean {
  return !/^\s*(\/?\*|\/\/|import |export \{|\} from )/.test(text)
}

function ofOperators(text: string, line: number): Mutant[] {
  return [...text.matchAll(/(?<= )[<>=!+\-*&|^]{1,2}(?= )/g)].flatMap(({ 0: found, index }) =>
    (OPERATORS[found] ?? []).map(replacement => ({ line, start: index, end: index + found.length, replacement })),
  )
}

/** A number behind an operator, one larger: a bound or a shift that is off by one. */
function ofNumbers(text: string, line: number): Mutant[] {
  return [...text.matchAll(/(?<= [<>=!+\-*&|]{1,2} )\d+(?![\d_.xe])/g)].map(({ 0: found, index }) => ({
    ...{ line, start: index, end: index + found.length },
    replacement: `${Number(found) + 1}`,
  }))
}
