import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Column, Engine, Rows, Source, Summary, Where } from './engine.ts'

const FOLDER = join(import.meta.dirname, 'python')
/** How much of what a library printed is kept, and how much of that an error shows. */
const MAX_KEPT_CHARACTERS = 20_000
const MAX_SHOWN_CHARACTERS = 2000

/** What Python raised, or how it ended. */
export class PythonError extends Error {
  /** The end of what it had printed. */
  readonly printed: string

  constructor(message: string, printed: string) {
    super(message)
    this.printed = printed
  }
}

/** A module of `python/` in a process of its own. One request at a time. Rejects with what Python raised. */
export class PythonProcess implements AsyncDisposable {
  private readonly child: ChildProcess
  private readonly responses: AsyncIterator<string>
  /** The end of what it has printed. */
  printed = ''
  /** Resolves once it has ended and everything that it printed was read. */
  readonly closed: Promise<unknown>
  readonly module: string

  /** @param under a command that runs the rest of its arguments, such as `strace` */
  constructor(python: string, module: string, under: readonly string[] = []) {
    this.module = module
    const [command, ...args] = [...under, python, join(FOLDER, 'worker.py'), module]
    this.child = spawn(command!, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    this.closed = once(this.child, 'close')
    this.child.stdin!.on('error', () => {}) // The missing response says that the process has ended.
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.printed = (this.printed + text).slice(-MAX_KEPT_CHARACTERS)
    })
    this.responses = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]()
  }

  call<T>(method: string, params: object): Promise<T> {
    this.child.stdin!.write(`${JSON.stringify({ method, params })}\n`)
    return this.response()
  }

  async response<T>(): Promise<T> {
    const { value, done } = await this.responses.next()
    if (done) {
      const shown = this.printed.slice(-MAX_SHOWN_CHARACTERS)
      throw new PythonError(`${this.module}: Python ended without a response. It printed: ${shown}`, this.printed)
    }
    const { result, error } = JSON.parse(value)
    if (error !== undefined) throw new PythonError(`${this.module}: ${error}`, this.printed)
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isOver = this.child.exitCode !== null || this.child.signalCode !== null
    const exit = isOver ? undefined : once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exit
  }
}

/** An engine of `python/engines/`. */
export async function pythonEngine(python: string, module: string, under: readonly string[] = []): Promise<Engine> {
  const served = new PythonProcess(python, `engines.${module}`, under)
  const { version } = await served.response<{ version: string }>().catch(async (error: Error) => {
    // The reason can be among what it printed last.
    await served.closed
    throw new PythonError(error.message, served.printed)
  })
  return {
    version,
    rows: (source: Source, columns: readonly Column[], where: Where) =>
      served.call<Rows>('rows', { source, columns, where }),
    plan: async (source: Source, columns: readonly Column[], where: Where) => {
      await served.call('plan', { source, columns, where })
    },
    summary: (source: Source, columns: readonly Column[], where: Where) =>
      served.call<Summary>('summary', { source, columns, where }),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  }
}
