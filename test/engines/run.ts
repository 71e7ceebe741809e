/**
 * Reads what we store with engines that others wrote.
 *
 *     node test/engines/run.ts [SUITE …]      without a SUITE: all files of suites/
 *
 * Makes a virtual environment with pinned versions in node_modules/.cache. Where that cannot be made it prints the reason,
 * counts every test as skipped, and ends with exit code 0.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pythonEnvironment } from './environment.ts'

const MODULES = join(import.meta.dirname, '../../node_modules')
const MOCHA = join(MODULES, 'mocha/lib/cli/cli.js')

const startedMs = performance.now()
const environment = await pythonEnvironment(join(MODULES, '.cache/engines'))
if ('unavailable' in environment) process.stderr.write(`\n  !! NOT TESTED: ${environment.unavailable}\n\n`)
else process.stdout.write(`Engines are installed (${Math.round((performance.now() - startedMs) / 1000)} s)\n`)

const suites = process.argv.slice(2)
const files = suites.length > 0 ? suites : globSync(join(import.meta.dirname, 'suites/**/*.ts')).sort()
const env = { ...process.env, ...('python' in environment && { ENGINES_PYTHON: environment.python }) }
const mocha = spawn(process.execPath, [MOCHA, '--timeout', '300000', ...files], { stdio: 'inherit', env })
const [code] = await once(mocha, 'close')
process.exitCode = code ?? 1
