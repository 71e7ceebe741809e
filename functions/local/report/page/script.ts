import { readdirSync, readFileSync } from 'node:fs'

/**
 * The modules of `client/`, which are for browsers: type checked with the names of a browser, in a project of their own. They
 * are named at run time, so that these names do not reach the code of this program.
 */
const CLIENT = new URL('./client/', import.meta.url)
const NAMES = readdirSync(CLIENT).filter(name => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts'))
const MODULES: readonly Record<string, unknown>[] = await Promise.all(
  NAMES.sort().map(name => import(new URL(name, CLIENT).href)),
)

/**
 * The page's script. A function's own text is JavaScript also where Node runs TypeScript, so the modules of `client/` need
 * no bundler: they hold exported functions only, each with a name of its own, which find each other by name in one scope.
 */
export function clientScript(): string {
  const functions = MODULES.flatMap(module => Object.values(module)).map(String)
  return `(() => {\n'use strict'\n${functions.join('\n')}\nstartReport(uPlot)\n})()`
}

/** uPlot, https://github.com/leeoniya/uPlot, with its version in the first line: 51 kB of script and 2 kB of style, MIT licence. */
export function plotLibrary(): { readonly script: string; readonly style: string } {
  const read = (name: string) => readFileSync(new URL(import.meta.resolve(`uplot/dist/${name}`)), 'utf8')
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css') }
}
