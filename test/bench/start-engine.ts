import { spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { Report } from './report.ts'

export interface EngineRun {
  readonly report: Report
  /** From the process's start to its exit. */
  readonly wallMs: number
}

/** Runs `engines/NAME.mjs` in a process of its own, on one processor if asked to. */
export async function startEngine(
  name: string,
  args: readonly string[],
  { oneCore = false, env = {} }: { readonly oneCore?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<EngineRun> {
  const script = fileURLToPath(new URL(`./engines/${name}.mjs`, import.meta.url))
  const pinned = oneCore ? ['taskset', '--cpu-list', '0'] : []
  const [command, ...rest] = [...pinned, process.execPath, script, ...args]
  const start = performance.now()
  const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  let text = ''
  child.stdout.on('data', chunk => (text += chunk))
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(`${[command, ...rest].join(' ')} ended with ${code}`)
  return { report: JSON.parse(text) as Report, wallMs: performance.now() - start }
}
