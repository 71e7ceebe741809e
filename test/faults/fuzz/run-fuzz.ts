import { columns, conclude, numberArgument } from '../report.ts'
import { fuzz } from './fuzz.ts'
import { TARGETS } from './targets.ts'

/** No input may take longer, or let memory grow further: some tens of MiB are the collector's own coming and going. */
const MAX_MS = 2_000
const MAX_GROWTH_BYTES = 128 * 1024 ** 2

const inputs = numberArgument('inputs', 100_000)
const seed = numberArgument('seed', 20_240_808)
const rows: string[][] = []
let failed = 0
for (const [name, { target, share }] of Object.entries(TARGETS)) {
  const end = await fuzz(target, Math.round(inputs * share), seed)
  const isBad = end.crashes.length > 0 || end.longestMs > MAX_MS || end.grownBytes > MAX_GROWTH_BYTES
  if (isBad) failed += Math.max(1, end.crashes.length)
  const mib = (end.grownBytes / 1024 ** 2).toFixed(0)
  rows.push([
    name,
    `${end.inputs}`,
    `${end.taken}`,
    `${end.refused}`,
    `${end.crashes.length}`,
    `${end.longestMs.toFixed(0)} ms`,
    `${mib} MiB`,
  ])
  for (const crash of end.crashes.slice(0, 3)) console.log(`${name}, --seed=${crash.seed}:`, crash.error)
}
console.log(columns([['fuzzed', 'inputs', 'taken', 'refused', 'crashes', 'longest', 'memory grew'], ...rows]))
conclude(`fuzz (--seed=${seed})`, { passed: inputs - failed, failed })
