/** What is read of StrykerJS's report (https://github.com/stryker-mutator/mutation-testing-elements, report schema). */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly ReportedMutant[] }>>
}
interface ReportedMutant {
  readonly mutatorName: string
  readonly replacement: string
  readonly status: string
  /** True for code that runs at import. */
  readonly static?: boolean
  readonly location: { readonly start: Position; readonly end: Position }
}
interface Position {
  readonly line: number
  readonly column: number
}

/** A mutant that no test noticed. */
export interface Survivor {
  readonly file: string
  readonly line: number
  /** The line as it is, and the code in it that was replaced. */
  readonly text: string
  readonly from: string
  readonly to: string
}

export interface RoomScore {
  readonly room: string
  /** Mutants that run: those that are no valid code, and the equivalents, are not counted. */
  readonly mutants: number
  readonly caught: number
  readonly survivors: readonly Survivor[]
  readonly equivalents: number
  /** Per cent of the mutants that were caught. */
  readonly score: number
}

/** A mutant whose code behaves as the original's does, so that no test can notice it. */
export interface Equivalent {
  readonly file: string
  /** The line as it is, without the spaces around it. */
  readonly text: string
  /** The replacement; absent: any replacement in this line. */
  readonly to?: string
  readonly why: string
}

export function inFile(file: string, equivalents: readonly Omit<Equivalent, 'file'>[]): Equivalent[] {
  return equivalents.map(equivalent => ({ file, ...equivalent }))
}

const CAUGHT = ['Killed', 'Timeout']
const SURVIVED = ['Survived', 'NoCoverage']

export function roomScore(room: string, { files }: MutationReport, known: readonly Equivalent[] = []): RoomScore {
  const all = Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n')
    return mutants.map(mutant => ({ status: mutant.status, survivor: survivorOf(file, lines, mutant) }))
  })
  const caught = all.filter(({ status }) => CAUGHT.includes(status)).length
  const survived = all.filter(({ status }) => SURVIVED.includes(status)).map(({ survivor }) => survivor)
  const survivors = survived.filter(survivor => !known.some(equivalent => isThe(equivalent, survivor)))
  const mutants = caught + survivors.length
  const score = mutants === 0 ? 100 : (100 * caught) / mutants
  return { room, mutants, caught, survivors, equivalents: survived.length - survivors.length, score }
}

/**
 * The results of a run without the survivors in code that runs at import. StrykerJS does not know which tests reach such
 * code, so it would take these over from the results, and not try the tests that were written since.
 */
export function withoutStaticSurvivors<T extends MutationReport>(report: T): T {
  const isKept = (mutant: ReportedMutant) => !(mutant.static && SURVIVED.includes(mutant.status))
  const files = Object.entries(report.files).map(([name, file]) => [
    name,
    { ...file, mutants: file.mutants.filter(isKept) },
  ])
  return { ...report, files: Object.fromEntries(files) }
}

/** A report of some of its files: StrykerJS also tells what it knows of the others from the runs before. */
export function onlyFiles(report: MutationReport, isWanted: (file: string) => boolean): MutationReport {
  return { ...report, files: Object.fromEntries(Object.entries(report.files).filter(([file]) => isWanted(file))) }
}

/** The scores, a line a room, under a heading. */
export function scoreTable(scores: readonly RoomScore[]): string {
  const lines = scores.map(({ room, mutants, caught, survivors, equivalents, score }) => {
    const counts = [mutants, caught, survivors.length, equivalents].map((count, at) =>
      `${count}`.padStart([7, 6, 8, 10][at]!),
    )
    return `${room.padEnd(14)}  ${counts.join('  ')}  ${score.toFixed(1).padStart(5)}`
  })
  return ['room            mutants  caught  survived  equivalent  score', ...lines].join('\n')
}

export function survivorText({ file, line, text, from, to }: Survivor): string {
  return `${file}:${line}: ${shortened(from)} → ${shortened(to)}\n    ${text}`
}

function survivorOf(file: string, lines: readonly string[], { location, replacement }: ReportedMutant): Survivor {
  const { start, end } = location
  const covered = lines.slice(start.line - 1, end.line)
  const last = covered.length - 1
  covered[last] = covered[last]!.slice(0, end.column - 1)
  covered[0] = covered[0]!.slice(start.column - 1)
  return { file, line: start.line, text: lines[start.line - 1]!.trim(), from: covered.join('\n'), to: replacement }
}

function isThe({ file, text, to }: Equivalent, survivor: Survivor): boolean {
  return file === survivor.file && text === survivor.text && (to === undefined || to === survivor.to)
}

function shortened(code: string): string {
  const line = code.replaceAll(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
