import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const FRAMEWORK = fileURLToPath(
  import.meta.resolve('@google-cloud/functions-framework').replace(/index\.js$/, 'main.js'),
)

/** Children that have not ended yet. A case that fails leaves its function behind, and mocha would wait for it for ever. */
const running = new Set<ChildProcess>()
if (typeof after === 'function') after(() => running.forEach(child => void child.kill('SIGKILL')))

export interface FunctionProcess {
  /** Where it serves. */
  readonly url: string
  readonly child: ChildProcess
  /** What it has written so far. */
  readonly output: { stdout: string; stderr: string }
  /** Posts a Pub/Sub push with this data, as a subscription of `topic` does. */
  push(data: string | undefined, id?: string): Promise<{ status: number; text: string }>
  /** Resolves when stdout holds this text; rejects if the process ends first. */
  said(text: string): Promise<void>
  /** Resolves when the process has ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/**
 * A function under functions-framework in a process of its own, as it is deployed, with this environment alone. Resolves
 * when it serves, or has ended.
 */
export async function startFunction(
  source: string,
  target: string,
  env: Record<string, string>,
  framework = FRAMEWORK,
): Promise<FunctionProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, [framework, `--source=${source}`, `--port=${port}`], {
    env: { PATH: process.env.PATH, METADATA_SERVER_DETECTION: 'none', FUNCTION_TARGET: target, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    output.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    output.stderr += chunk
  })
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child)
    return { code, signal }
  })
  const said = async (text: string) => {
    while (!output.stdout.includes(text)) {
      const over = await Promise.race([once(child.stdout, 'data').then(() => false), ended.then(() => true)])
      if (over && !output.stdout.includes(text)) throw new Error(`ended without saying ${text}: ${output.stderr}`)
    }
  }
  const push = async (data: string | undefined, id = '1144') => {
    const message = {
      messageId: id,
      publishTime: '2024-08-08T06:30:00Z',
      ...(data !== undefined && { data: btoa(data) }),
    }
    const body = JSON.stringify({ message, subscription: 'projects/team-42/subscriptions/test' })
    const url = `http://127.0.0.1:${port}/projects/team-42/topics/test`
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    return { status: response.status, text: await response.text() }
  }
  // The framework's last line before it serves.
  await said('URL: ').catch(() => {})
  return { url: `http://127.0.0.1:${port}`, child, output, push, said, ended }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
