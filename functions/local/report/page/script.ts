import { readFileSync } from 'node:fs'
import * as calendar from './client/calendar.ts'
import * as charts from './client/charts.ts'
import * as conditions from './client/conditions.ts'
import * as controls from './client/controls.ts'
import * as day from './client/day.ts'
import * as dom from './client/dom.ts'
import * as findingsList from './client/findings-list.ts'
import * as format from './client/format.ts'
import * as heatMap from './client/heat-map.ts'
import * as main from './client/main.ts'
import * as scale from './client/scale.ts'
import * as sections from './client/sections.ts'
import * as timeline from './client/timeline.ts'
import * as view from './client/view.ts'

const MODULES = [
  dom,
  format,
  conditions,
  view,
  scale,
  heatMap,
  charts,
  timeline,
  calendar,
  day,
  findingsList,
  sections,
  controls,
  main,
]

/**
 * The page's script. A function's own text is JavaScript also where Node runs TypeScript, so the modules of `client/` need
 * no bundler: they hold exported functions only, each with a name of its own, which find each other by name in one scope.
 */
export function clientScript(): string {
  const functions = MODULES.flatMap(module => Object.values<unknown>(module)).map(String)
  return `(() => {\n'use strict'\n${functions.join('\n')}\nstartReport(uPlot)\n})()`
}

/** uPlot, https://github.com/leeoniya/uPlot, with its version in the first line: 51 kB of script and 2 kB of style, MIT licence. */
export function plotLibrary(): { readonly script: string; readonly style: string } {
  const read = (name: string) => readFileSync(new URL(import.meta.resolve(`uplot/dist/${name}`)), 'utf8')
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css') }
}
