/**
 * Lays out what is deployed: the compiled functions and the production half of package.json and package-lock.json.
 *
 *     node infra/package.ts
 *
 * Terraform makes the archive of it. What Cloud Run functions' builder does with it, and why the files are as they are,
 * is in infra/README.md. Safe to run twice: the folder is made anew, and the same input gives the same files.
 */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'

/** The parts of package.json (https://docs.npmjs.com/cli/configuring-npm/package-json) that matter here. */
export interface PackageJson {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly type?: string
  readonly main?: string
  readonly engines?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly [other: string]: unknown
}

/** A lockfile of version 3 (https://docs.npmjs.com/cli/configuring-npm/package-lock-json). */
export interface PackageLock {
  readonly name: string
  readonly version: string
  readonly lockfileVersion: number
  readonly requires?: boolean
  readonly packages: Readonly<Record<string, LockedPackage>>
}
export interface LockedPackage {
  readonly dev?: boolean
  readonly [other: string]: unknown
}

/** Third-party install scripts have no business in the deployed build; no production dependency needs one. */
const NPMRC = 'ignore-scripts=true\n'

/** What the runtime nodejs24 of infra/functions.tf has. From an open range the builder takes the newest Node there is. */
const NODE = '24.x'

/**
 * Without scripts the builder runs none: it would run `build` (and install every devDependency for it), and npm itself
 * `prepare`. Without devDependencies there is nothing that it could install or prune. Pure.
 */
export function productionPackage(whole: PackageJson): PackageJson {
  const { name, version, license, type, main, dependencies } = whole
  return { name, version, private: true, license, type, main, engines: { node: NODE }, dependencies }
}

/** The same lock without what only development needs, so that `npm ci` finds package.json and lock agree. Pure. */
export function productionLock(whole: PackageLock, production: PackageJson): PackageLock {
  const { name, version, lockfileVersion, requires } = whole
  if (lockfileVersion !== 3) throw new Error(`package-lock.json: found version ${lockfileVersion}, expected 3`)
  const { license, engines, dependencies } = production
  const installed = Object.entries(whole.packages).filter(([path, entry]) => path !== '' && !entry.dev)
  const root: LockedPackage = { name, version, license, dependencies, engines }
  return { name, version, lockfileVersion, requires, packages: { '': root, ...Object.fromEntries(installed) } }
}

/** True for a path inside dist/ that the deployed functions need: not the local commands and the emulators, not what only tools read. */
export function isDeployed(path: string): boolean {
  const [room] = path.split(/[\\/]/)
  return room !== 'local' && room !== 'emulators' && !/\.(map|d\.ts|tsbuildinfo)$/.test(basename(path))
}

/**
 * Fills `to` from the checkout `from`.
 * @returns the files, relative to `to`, in order
 * @throws Error if dist/ lacks the entry point or the kernel, naming the command that makes them
 */
export function layOut(from: string, to: string): string[] {
  const whole: PackageJson = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  const lock: PackageLock = JSON.parse(readFileSync(join(from, 'package-lock.json'), 'utf8'))
  const production = productionPackage(whole)
  const main = production.main
  if (main === undefined || !existsSync(join(from, main)))
    throw new Error(`package.json: main is ${main ?? 'not set'}, expected the compiled entry point (npm run build)`)

  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  const dist = join(from, 'dist')
  cpSync(dist, join(to, 'dist'), { recursive: true, filter: path => isDeployed(relative(dist, path)) })
  writeJson(join(to, 'package.json'), production)
  writeJson(join(to, 'package-lock.json'), productionLock(lock, production))
  writeFileSync(join(to, '.npmrc'), NPMRC)

  const files = filesOf(to)
  if (!files.some(file => file.endsWith('.wasm')))
    throw new Error('dist: found no .wasm file, expected the compiled kernel (npm run build)')
  return files
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`)
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const to = join(import.meta.dirname, '.artefact')
  const files = layOut(root, to)
  process.stdout.write(`${files.join('\n')}\n${files.length} files in ${relative(process.cwd(), to)}\n`)
}
