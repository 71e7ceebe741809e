import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sleep } from '../../runtime/deadline.ts'
import { type Child, type ChildEnd, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { watchMemory } from './memory-limit.ts'
import { MALLOC_ENVIRONMENT, nodeOptions, type Subscription } from './topology.ts'

const LOOPBACK_ONLY = new URL(`./loopback-only${extname(import.meta.url)}`, import.meta.url).href
/** The program that serves a function. */
export const FRAMEWORK = fileURLToPath(
  import.meta.resolve('@google-cloud/functions-framework').replace(/index\.js$/, 'main.js'),
)
/** The framework's own lines; the last one comes when it serves. */
const FRAMEWORK_LINE = /^(Serving function\.\.\.|Function: .*|Signature type: .*|URL: .*)$/
const RESTART_PAUSE_MS = 1_000
const MAX_LINES_KEPT = 20

export interface FunctionOptions {
  readonly subscription: Subscription
  /** The compiled entry point, dist/index.js. */
  readonly source: string
  /** The variables that infra sets, and the addresses of the emulators. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onLine: (line: string) => void
  /** Called for events of the process that it does not report itself. */
  readonly onEvent: (text: string) => void
}

/** A function that is restarted whenever it dies. */
export interface RunningFunction {
  /** The port of the serving instance. Waits while it is being started. Rejects after `stop`. */
  port(): Promise<number>
  /** Of the instance that serves now; undefined while there is none. */
  readonly pid: number | undefined
  /** SIGTERM, as Cloud Run does, then SIGKILL. Safe to call twice. */
  stop(): Promise<void>
}

interface Instance {
  readonly port: number
  readonly child: Child
}

/**
 * Runs a built function under functions-framework with the heap of the platform, kills it if it uses more than its
 * memory, and starts it again after it has died. Resolves when it serves.
 * @throws Error with its output if the first start fails
 */
export async function runFunction(options: FunctionOptions): Promise<RunningFunction> {
  const { subscription, onEvent } = options
  const stopped = new AbortController()
  let serving: Instance | undefined
  let current = startInstance(options)

  const keepUp = async (instance: Instance) => {
    for (;;) {
      serving = instance
      const end = await instance.child.ended
      serving = undefined
      if (stopped.signal.aborted) return
      onEvent(`${endingOf(end)}, starting it again`)
      current = untilServing(options, stopped.signal)
      current.catch(() => {})
      instance = await current
    }
  }
  const first = await current
  const kept = keepUp(first).catch(() => {})
  return {
    port: async () => {
      stopped.signal.throwIfAborted()
      return (await current).port
    },
    get pid() {
      return serving?.child.pid
    },
    async stop() {
      stopped.abort(new Error(`${subscription.name} has been stopped`))
      const instance = await current.catch(() => undefined)
      await instance?.child.stop()
      await kept
    },
  }
}

async function untilServing(options: FunctionOptions, signal: AbortSignal): Promise<Instance> {
  for (;;) {
    try {
      return await startInstance(options)
    } catch (error) {
      signal.throwIfAborted()
      options.onEvent(`${(error as Error).message}; trying again`)
      await sleep(RESTART_PAUSE_MS, signal)
    }
  }
}

async function startInstance({ subscription, source, env, onLine, onEvent }: FunctionOptions): Promise<Instance> {
  const port = await freePort()
  const serving = Promise.withResolvers<void>()
  const beginning: string[] = []
  const child = await startChild({
    command: process.execPath,
    args: ['--import', LOOPBACK_ONLY, FRAMEWORK, `--source=${source}`, `--port=${port}`],
    env: {
      ...env,
      FUNCTION_TARGET: subscription.name,
      MEMORY_LIMIT_MB: String(subscription.memoryMb),
      NODE_OPTIONS: nodeOptions(subscription),
      ...MALLOC_ENVIRONMENT,
    },
    onLine: line => {
      if (line.startsWith('URL: ')) serving.resolve()
      if (beginning.length < MAX_LINES_KEPT) beginning.push(line)
      if (!FRAMEWORK_LINE.test(line)) onLine(line)
    },
  })
  const over = child.ended.then(end => {
    throw new Error(`${subscription.name} did not come up (${endingOf(end)}):\n${beginning.join('\n')}`)
  })
  over.catch(() => {})
  await Promise.race([serving.promise, over])
  watchMemory(child, subscription.memoryMb, usedMb =>
    onEvent(`used ${usedMb} MiB, more than its ${subscription.memoryMb} MiB: killed, as Cloud Run does`),
  )
  return { port, child }
}

function endingOf({ code, signal }: ChildEnd): string {
  return signal ? `ended by ${signal}` : `ended with exit code ${code}`
}
