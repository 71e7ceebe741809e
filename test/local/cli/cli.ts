import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { main } from '../../../functions/local/cli/command-line.ts'

const COMMAND = fileURLToPath(new URL('../../../functions/local/tick-handler.ts', import.meta.url))

/** What a command keeps between runs does not go to the home folder of whoever runs the tests. */
const XDG_CACHE_HOME = join(tmpdir(), `tick-handler-cache-${process.pid}`)
process.once('exit', () => rmSync(XDG_CACHE_HOME, { recursive: true, force: true }))

export interface CliOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Called with what has come on stderr so far, whenever more comes; may send signals. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
}

export interface CliEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command as a process of its own, with nothing of this environment but what finds programs. */
export function runCli(args: readonly string[], { cwd, env = {}, onStderr }: CliOptions): Promise<CliEnd> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd,
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', XDG_CACHE_HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    onStderr?.(stderr, signal => child.kill(signal))
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}

/** The same in this process, which is quicker; `stderr` is no terminal. */
export async function callMain(args: readonly string[], { cwd, env = {} }: CliOptions): Promise<CliEnd> {
  const [stdout, stderr] = [collector(), collector()]
  const code = await main(args, { env: { XDG_CACHE_HOME, ...env }, cwd, stdout: stdout.stream, stderr: stderr.stream })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

function collector() {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { stream, text: () => text }
}
