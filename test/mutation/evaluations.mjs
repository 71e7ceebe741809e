/**
 * Evaluates the modules of the checkout again in the same process, which takes a fraction of a new process: modules of
 * packages stay. A mutant in code that runs at import needs that.
 */
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The checkout's URL. */
let root
let current = 0
let last = 0
/** File → the files that import it. */
const importersOf = new Map()
/** File → its JavaScript. Files do not change while mutants run. */
const sources = new Map()

const isOurs = url => url?.startsWith(root) && !url.includes('/node_modules/')

/** Takes over how Node finds and loads the modules below the working directory. */
export function installHooks() {
  root = pathToFileURL(process.cwd() + sep).href
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      if (!isOurs(resolved.url)) return resolved
      if (isOurs(context.parentURL)) noteImport(fileURLToPath(context.parentURL), fileURLToPath(resolved.url))
      const url = new URL(resolved.url)
      url.search = `${current}`
      return { ...resolved, url: url.href }
    },
    load(url, context, next) {
      if (!isOurs(url) || !new URL(url).pathname.endsWith('.ts')) return next(url, context)
      return { format: 'module', source: javaScriptOf(fileURLToPath(url)), shortCircuit: true }
    },
  })
}

function noteImport(importer, imported) {
  if (!importersOf.has(imported)) importersOf.set(imported, new Set())
  importersOf.get(imported).add(importer)
}

function javaScriptOf(file) {
  if (!sources.has(file)) sources.set(file, stripTypeScriptTypes(readFileSync(file, 'utf8')))
  return sources.get(file)
}

/** A number for a new evaluation. The next imports belong to it. */
export function beginEvaluation() {
  last += 1
  current = last
  return last
}

/** Imports of code that runs now belong to this evaluation again. */
export function returnToEvaluation(number) {
  current = number
}

/** Which of the files import a file, directly or not, as far as imports have been seen. */
export function reaching(files, imported) {
  const found = new Set([imported])
  for (const file of found) for (const importer of importersOf.get(file) ?? []) found.add(importer)
  return files.filter(file => found.has(file))
}
