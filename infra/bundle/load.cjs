/**
 * The main module of the artefact. Loads bundles with their code caches: what V8 compiled when the artefact was laid out. A Node with another V8 refuses a
 * cache and compiles the bundle itself; that costs a tenth of a second and nothing else. V8's own cache is used rather
 * than `module.enableCompileCache`, because that one takes no cache of another patch version of Node, user or processor.
 */
const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

/** The scripts that are loaded, by the names of their bundles. */
const scripts = new Map()

/** @returns what the bundle `name` exports; each call runs it anew */
function load(name) {
  const filename = join(__dirname, `${name}.js`)
  const cache = join(__dirname, `${name}.cache`)
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData })
  scripts.set(name, script)
  const bundle = { exports: {} }
  script.runInThisContext()(bundle.exports, require, bundle, filename, __dirname, load)
  return bundle.exports
}

module.exports = { ...load('functions'), load, scripts }
