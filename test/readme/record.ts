import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { main } from '../../functions/local/cli/command-line.ts'

export const COLUMNS = 116

export interface Recorded {
  readonly code: number
  /** What stands on the terminal at each moment while it runs. */
  readonly frames: readonly (readonly string[])[]
  /** What stands there at the end. */
  readonly output: readonly string[]
}

interface RecordOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** The width of the terminal. */
  readonly columns?: number
}

/** Runs a command of ours on a terminal that records. */
export async function record(
  argv: readonly string[],
  { cwd, env, columns = COLUMNS }: RecordOptions,
): Promise<Recorded> {
  const [stdout, stderr] = [terminal(columns), terminal(columns)]
  const own = { LANG: 'C.UTF-8', TERM: 'xterm-256color', ...env }
  const code = await main(argv, { env: own, cwd, stdout: stdout.stream, stderr: stderr.stream })
  return { code, frames: stderr.writes.flatMap(frameOf), output: stdout.writes.join('').split('\n') }
}

/** The same in an empty folder, which is gone afterwards. */
export async function recordAlone(argv: readonly string[]): Promise<Recorded> {
  const cwd = await mkdtemp(join(tmpdir(), 'picture-'))
  try {
    return await record(argv, { cwd })
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

function terminal(columns: number) {
  const writes: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      writes.push(String(chunk))
      done()
    },
  })
  return { writes, stream: Object.assign(stream, { isTTY: true, columns, rows: 40 }) }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CURSOR = /\r|\x1b\[\??[\d;]*[A-HJ-Za-lz]/g

/** Each write of the live block draws all of it: without the codes that move the cursor it is the lines. */
function frameOf(write: string): string[][] {
  const lines = write.replace(CURSOR, '').split('\n')
  return lines.some(line => line.includes('▸')) ? [lines] : []
}
