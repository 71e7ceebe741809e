import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const PINNED = join(import.meta.dirname, 'icebird')
/** What npm prints where it cannot reach its registry. */
const UNREACHED = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/

/** The address of icebird's module and its version, or why it is not on this machine. */
export type IcebirdPackage = { readonly module: string; readonly version: string } | { readonly unavailable: string }

/**
 * Installs the pinned icebird in `folder`, or takes the one that is there. It has a folder of its own, because its parts have
 * other versions than the project's. Nothing half installed is ever taken for whole. Throws if the registry is reached and
 * the installation fails all the same.
 */
export async function icebirdPackage(folder: string, npm = 'npm'): Promise<IcebirdPackage> {
  const whole = join(folder, `whole-${fingerprint()}`)
  if (!existsSync(whole)) {
    await rm(folder, { recursive: true, force: true })
    await cp(PINNED, folder, { recursive: true })
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries', '1']
    const failure: Error | undefined = await execute(npm, args, { cwd: folder }).then(() => undefined, toError)
    const reason = failure && UNREACHED.exec(failure.message)?.[0]
    if (reason) return { unavailable: `npm's registry cannot be reached: ${reason}` }
    if (failure) throw failure
    await writeFile(whole, '')
  }
  const root = join(folder, 'node_modules/icebird')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return { module: pathToFileURL(join(root, 'src/index.js')).href, version }
}

/** Changes with whatever is pinned. */
function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync(join(PINNED, 'package-lock.json')))
  return hash.digest('hex').slice(0, 16)
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
