/**
 * Starts each function from the artefact that is deployed and from `dist/` (as it was deployed before it was bundled), in
 * turn, and prints how long each takes until it serves, what it holds when idle, and when its first message is handled.
 * Medians of several rounds.
 *
 *   npm run bench:cold-start -- [--runs 5] [--node-options=]      (instead of those that infra sets)
 */
import { parseArgs } from 'node:util'
import { ENTRY_POINT } from '../../functions/local/dev/build.ts'
import { FRAMEWORK } from '../../functions/local/dev/function.ts'
import { nodeOptions, subscriptionsOf } from '../../functions/local/dev/topology.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { deployedCommand } from './artefact.ts'
import { Cloud } from './cold-start/cloud.ts'
import { type Start, startOnce } from './cold-start/start.ts'
import { median } from './median.ts'

const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, 'node-options': { type: 'string' } },
})
const ways = { artefact: await deployedCommand(), 'dist/': [FRAMEWORK, `--source=${ENTRY_POINT}`] }
console.log(`Node ${process.version}, ${flags['node-options'] ?? nodeOptions({ memoryMb: 256 })}\n`)
console.log('|  |  | until it serves |  | idle MiB |  | until its first message is handled |  | then MiB |  |')
console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
console.log('| function | from | s | CPU s | RSS | not file-backed | s | CPU s | RSS | not file-backed |')
const starts = await startsOf(ways)
for (const [name, of] of starts) console.log(`| ${name} | ${cellsOf(of).join(' | ')} |`)

/** By function and way. The first round fills the page cache and does not count. */
async function startsOf(ways: Readonly<Record<string, string[]>>): Promise<Map<string, Start[]>> {
  const starts = new Map<string, Start[]>()
  const functions = new Map(subscriptionsOf(readConfig({})).map(subscription => [subscription.name, subscription]))
  for (let round = 0; round <= Number(flags.runs); round++)
    for (const [way, command] of Object.entries(ways)) {
      await using cloud = await Cloud.open()
      for (const [name, { memoryMb }] of functions) {
        const env = {
          NODE_OPTIONS: nodeOptions({ memoryMb }, flags['node-options']),
          MEMORY_LIMIT_MB: String(memoryMb),
        }
        const start = await startOnce(command, name, { ...cloud.env, ...env }, () => cloud.messageFor(name))
        const key = `${name} | ${way}`
        if (round > 0) starts.set(key, [...(starts.get(key) ?? []), start])
      }
    }
  return new Map([...starts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function cellsOf(starts: readonly Start[]): string[] {
  const of = (field: keyof Start) => median(starts.map(start => start[field]))
  const seconds = (field: keyof Start) => of(field).toFixed(2)
  const miB = (field: keyof Start) => String(Math.round(of(field) / 1048576))
  return [
    ...[seconds('readySeconds'), seconds('readyCpuSeconds'), miB('idleBytes'), miB('idleAnonymousBytes')],
    ...[seconds('firstSeconds'), seconds('firstCpuSeconds'), miB('firstBytes'), miB('firstAnonymousBytes')],
  ]
}
