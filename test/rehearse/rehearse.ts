/**
 * Rehearses a backfill of a whole archive in virtual time and prints what it takes. See README.md beside this file.
 *
 *   npm run rehearse -- [--instances=10,40,160] [--sample=0.05] [--set NAME=VALUE] …
 */
import { parseArgs } from 'node:util'
import { columns } from '../faults/report.ts'
import { COSTS, type Cost } from './costs.ts'
import { figuresOf } from './figures.ts'
import { Rehearsal } from './rehearsal.ts'
import { tableOf } from './report.ts'
import { CALM, type Scenario, USUAL } from './scenario.ts'

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: String(USUAL.fetchInstances) },
    sample: { type: 'string', default: String(USUAL.sample) },
    attempts: { type: 'string', default: String(USUAL.maxDeliveryAttempts) },
    'requests-per-second': { type: 'string', default: String(USUAL.requestsPerSecond) },
    'daily-gb': { type: 'string', default: String(USUAL.dailyBytes / 1e9) },
    'max-minutes': { type: 'string', default: '60' },
    calm: { type: 'boolean', default: false },
    set: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: String(USUAL.seed) },
    costs: { type: 'boolean', default: false },
  },
})

if (values.costs) printCosts()
const scenarios = values.instances.split(',').map((text): Scenario => {
  const fetchInstances = positive('instances', text)
  return {
    ...USUAL,
    ...(values.calm && CALM),
    seed: positive('seed', values.seed),
    fetchInstances,
    // A sample has at least one instance, and its other parts in the same proportion.
    sample: Math.min(1, Math.max(positive('sample', values.sample), 1 / fetchInstances)),
    maxDeliveryAttempts: positive('attempts', values.attempts),
    requestsPerSecond: positive('requests-per-second', values['requests-per-second']),
    dailyBytes: positive('daily-gb', values['daily-gb']) * 1e9,
    maxSeconds: positive('max-minutes', values['max-minutes']) * 60,
    env: Object.fromEntries(values.set.map(text => text.split('=', 2) as [string, string])),
  }
})
const ends = []
for (const scenario of scenarios) {
  const startedMs = performance.now()
  const rehearsal = new Rehearsal(scenario)
  const progress = setInterval(() => {
    const percent = ((rehearsal.complete.size / rehearsal.archive.venueDays) * 100).toFixed(1)
    console.error(
      `${scenario.fetchInstances} instances: day ${rehearsal.elapsedDays.toFixed(2)}, ${rehearsal.convertedItems} files, ${percent} % complete`,
    )
  }, 30_000)
  await rehearsal.run()
  clearInterval(progress)
  const seconds = (performance.now() - startedMs) / 1_000
  const peakMb = process.resourceUsage().maxRSS / 1_024
  console.error(
    `${scenario.fetchInstances} instances: rehearsed in ${seconds.toFixed(0)} s, peak ${peakMb.toFixed(0)} MiB`,
  )
  ends.push({ scenario, figures: figuresOf(rehearsal) })
}
console.log(tableOf(ends))

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name}: found ${text}, expected a number above 0`)
  return value
}

function printCosts(): void {
  const rows = Object.entries<Cost>(COSTS).map(([name, { value, unit, measuredBy, assumed }]) => [
    name,
    String(value),
    unit,
    measuredBy ? `measured: ${measuredBy}` : `assumed: ${assumed}`,
  ])
  console.log(columns([['step', 'cost', 'unit', 'where it comes from'], ...rows]))
}
