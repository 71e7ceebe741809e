import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
/** uv, which downloads in parallel: pip takes a few times as long for the rest. */
const INSTALLER = join(import.meta.dirname, 'installer.txt')
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt')
const MIN_MINOR_VERSION = 11
/** What pip and uv print where they cannot reach their index. */
const UNREACHED =
  /connection broken|Name or service not known|Temporary failure in name resolution|client error \(Connect\)/

/** A Python that has the engines, or why there is none on this machine. */
export type Environment = { readonly python: string } | { readonly unavailable: string }

/**
 * Makes a virtual environment with the pinned versions in `folder`, or takes the one that is there if it has them. Nothing
 * half installed is ever taken for whole. Throws if the index is reached and the installation fails all the same.
 */
export async function pythonEnvironment(folder: string, python3 = 'python3'): Promise<Environment> {
  const wrongPython = await faultOf(python3)
  if (wrongPython) return { unavailable: wrongPython }
  const python = join(folder, 'bin/python')
  const whole = join(folder, `whole-${fingerprint()}`)
  if (existsSync(whole)) return { python }
  await rm(folder, { recursive: true, force: true })
  const unavailable = await install(python3, folder)
  if (unavailable) return { unavailable }
  await writeFile(whole, '')
  return { python }
}

async function faultOf(python3: string): Promise<string | undefined> {
  const expected = `expected Python 3.${MIN_MINOR_VERSION} or newer`
  const script = 'import sys, venv, ensurepip; print(sys.version_info.minor)'
  const found = await execute(python3, ['-c', script]).catch((error: Error) => error)
  if (found instanceof Error) return `${python3} cannot make virtual environments: ${lastLine(found)}; ${expected}`
  const minor = Number(found.stdout)
  return minor < MIN_MINOR_VERSION ? `${python3} is Python 3.${minor}, ${expected}` : undefined
}

/** Resolves with a reason if the index cannot be reached. */
async function install(python3: string, folder: string): Promise<string | undefined> {
  await execute(python3, ['-m', 'venv', folder])
  const python = join(folder, 'bin/python')
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--retries',
    '1',
    '--timeout',
    '15',
    '--require-hashes',
    '-r',
    INSTALLER,
  ]
  const uv = ['pip', 'sync', '--quiet', '--require-hashes', '--python', python, REQUIREMENTS]
  try {
    await execute(python, pip)
    await execute(join(folder, 'bin/uv'), uv)
  } catch (error) {
    const failure = asError(error)
    if (!UNREACHED.test(failure.message)) throw error
    return `Python's package index cannot be reached: ${lastLine(failure)}`
  }
  return undefined
}

/** Changes with whatever is pinned. */
function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync(INSTALLER)).update(readFileSync(REQUIREMENTS))
  return hash.digest('hex').slice(0, 16)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function lastLine({ message }: Error): string {
  return message.trim().split('\n').at(-1)!.trim()
}
