import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../functions/local/dev/free-port.ts'
import { cpuSecondsOf, memoryOf } from '../process-figures.ts'

/** Seconds since the process was spawned. Anonymous is what is not file-backed: about what a container is charged for. */
export interface Start {
  readonly readySeconds: number
  readonly readyCpuSeconds: number
  readonly idleBytes: number
  readonly idleAnonymousBytes: number
  readonly firstSeconds: number
  readonly firstCpuSeconds: number
  readonly firstBytes: number
  readonly firstAnonymousBytes: number
}

/** Long enough for what a start leaves behind to settle. */
const IDLE_MS = 1_500

/** Starts a function twice: once to look at it idle, once to send it its first message as soon as it serves. */
export async function startOnce(
  command: readonly string[],
  target: string,
  env: Readonly<Record<string, string>>,
  message: () => object,
): Promise<Start> {
  const idle = await withFunction(command, target, env, async ({ pid, readySeconds }) => {
    const readyCpuSeconds = cpuSecondsOf(pid)
    await sleep(IDLE_MS)
    const memory = { idleBytes: memoryOf(pid, 'VmRSS'), idleAnonymousBytes: memoryOf(pid, 'RssAnon') }
    return { readySeconds, readyCpuSeconds, ...memory }
  })
  const first = await withFunction(command, target, env, async ({ pid, port, startedMs }) => {
    await push(port, message())
    const firstSeconds = (performance.now() - startedMs) / 1000
    const memory = { firstBytes: memoryOf(pid, 'VmRSS'), firstAnonymousBytes: memoryOf(pid, 'RssAnon') }
    return { firstSeconds, firstCpuSeconds: cpuSecondsOf(pid), ...memory }
  })
  return { ...idle, ...first }
}

interface Serving {
  readonly pid: number
  readonly port: number
  readonly startedMs: number
  readonly readySeconds: number
}

async function withFunction<T>(
  command: readonly string[],
  target: string,
  env: Readonly<Record<string, string>>,
  use: (serving: Serving) => Promise<T>,
): Promise<T> {
  const port = await freePort()
  const startedMs = performance.now()
  const child = spawn(process.execPath, [...command, `--port=${port}`], {
    env: { PATH: process.env.PATH, METADATA_SERVER_DETECTION: 'none', FUNCTION_TARGET: target, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    let said = ''
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      said += chunk
      if (said.includes('URL: ')) break
    }
    if (!said.includes('URL: ')) throw new Error(`${target} ended before it served:\n${said}`)
    child.stdout.resume()
    const readySeconds = (performance.now() - startedMs) / 1000
    return await use({ pid: child.pid!, port, startedMs, readySeconds })
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function push(port: number, message: object): Promise<void> {
  const body = JSON.stringify({
    message: { messageId: '1', data: btoa(JSON.stringify(message)) },
    subscription: 'projects/bench/subscriptions/bench',
  })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://127.0.0.1:${port}/projects/bench/topics/bench`, {
    method: 'POST',
    headers,
    body,
  })
  if (response.status === 204) return
  throw new Error(`${JSON.stringify(message)}: found status ${response.status}, expected 204`)
}
