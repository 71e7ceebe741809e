/**
 * Lays out what is deployed: the functions with all that they use in a few bundles, and a package.json that installs nothing.
 *
 *     node infra/package.ts
 *
 * Terraform makes the archive of it. What Cloud Run functions' builder does with it, and why the files are as they are,
 * is in infra/README.md. Safe to run twice: the folder is made anew, and the same input gives the same files.
 */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { bundle } from './bundle.ts'
import { writeCodeCaches } from './code-cache.ts'
import { thirdPartyNotices } from './notices.ts'

/** The parts of package.json (https://docs.npmjs.com/cli/configuring-npm/package-json) that matter here. */
export interface PackageJson {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly type?: string
  readonly main?: string
  readonly bin?: Readonly<Record<string, string>>
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

/** No install script has any business in the deployed build, and the framework's folder is linked, not copied. */
const NPMRC = 'ignore-scripts=true\ninstall-links=false\n'

/** What the runtime nodejs24 of infra/functions.tf has. From an open range the builder takes the newest Node there is. */
const NODE = '24.x'

/** The builder wants this dependency and starts the program of that name. Here it is a folder with the bundle's start. */
const FRAMEWORK = '@google-cloud/functions-framework'
const FRAMEWORK_FOLDER = 'functions-framework'

const KERNEL = ['reader.wasm', 'encoder.wasm']

/**
 * Without scripts the builder runs none: it would run `build` (and install every devDependency for it), and npm itself
 * `prepare`. Everything is bundled, so that there is nothing that it could install or prune. Pure.
 */
export function productionPackage({ name, version, license }: PackageJson): PackageJson {
  return {
    name,
    version,
    private: true,
    license,
    type: 'commonjs',
    main: 'dist/load.cjs',
    engines: { node: NODE },
    dependencies: { [FRAMEWORK]: `file:${FRAMEWORK_FOLDER}` },
  }
}

/** The package that stands for functions-framework, of the version that is in the bundle. Pure. */
export function frameworkPackage({ name, version, license }: PackageJson): PackageJson {
  return { name, version, license, bin: { 'functions-framework': 'start.cjs' } }
}

/** The lock that npm itself writes for these two, so that `npm ci` finds package.json and lock agree. Pure. */
export function productionLock(production: PackageJson, framework: PackageJson): PackageLock {
  const { name, version, license, engines, dependencies } = production
  return {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name, version, license, dependencies, engines },
      [FRAMEWORK_FOLDER]: { ...framework },
      [`node_modules/${FRAMEWORK}`]: { resolved: FRAMEWORK_FOLDER, link: true },
    },
  }
}

/**
 * Fills `to` from the checkout `from`.
 * @returns the files, relative to `to`, in order
 * @throws Error if the compiled kernel is missing, naming the command that makes it; or from the bundler
 */
export async function layOut(from: string, to: string): Promise<string[]> {
  const kernel = KERNEL.map(file => join(from, 'functions/ticks', file))
  const missing = kernel.find(path => !existsSync(path))
  if (missing) throw new Error(`${missing}: found no file, expected the compiled kernel (npm run build:kernel)`)

  rmSync(to, { recursive: true, force: true })
  const dist = join(to, 'dist')
  mkdirSync(dist, { recursive: true })
  const inputs = await bundle(from, dist)
  for (const path of kernel) cpSync(path, join(dist, basename(path)))
  cpSync(join(import.meta.dirname, 'bundle/load.cjs'), join(dist, 'load.cjs'))
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(from, inputs))
  writePackages(from, to)
  await writeCodeCaches(dist)
  return filesOf(to)
}

function writePackages(from: string, to: string): void {
  const read = (folder: string): PackageJson => JSON.parse(readFileSync(join(from, folder, 'package.json'), 'utf8'))
  const production = productionPackage(read('.'))
  const framework = frameworkPackage(read(`node_modules/${FRAMEWORK}`))
  writeJson(join(to, 'package.json'), production)
  writeJson(join(to, 'package-lock.json'), productionLock(production, framework))
  writeFileSync(join(to, '.npmrc'), NPMRC)
  mkdirSync(join(to, FRAMEWORK_FOLDER))
  writeJson(join(to, FRAMEWORK_FOLDER, 'package.json'), framework)
  cpSync(join(import.meta.dirname, 'bundle/start.cjs'), join(to, FRAMEWORK_FOLDER, 'start.cjs'))
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
  const files = await layOut(root, to)
  process.stdout.write(`${files.join('\n')}\n${files.length} files in ${relative(process.cwd(), to)}\n`)
}
