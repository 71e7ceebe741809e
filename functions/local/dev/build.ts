import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The compiled entry point of the functions. */
export const ENTRY_POINT = join(ROOT, 'dist', 'index.js')

/** The last file that a build writes. */
const STAMP = join(ROOT, 'dist', 'ticks', 'encoder.wasm')

/** True where a source of the functions is newer than what was built from it, or nothing was. A package has no sources. */
export function isStale(sources = join(ROOT, 'functions'), stamp = STAMP): boolean {
  if (!existsSync(join(sources, 'index.ts'))) return false
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  const deployed = names.filter(name => name.endsWith('.ts') && !/^local[\\/]/.test(name))
  return deployed.some(name => statSync(join(sources, name)).mtimeMs > built)
}

/** @throws Error with the output of `npm run build` if it fails */
export async function build(): Promise<void> {
  const child = spawn('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk
    })
  }
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`npm run build failed:\n${output.trimEnd()}`)
}
