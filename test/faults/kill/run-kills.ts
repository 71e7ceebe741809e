import { conclude, numberArgument } from '../report.ts'
import { killing } from './killing.ts'

/** Cloud Run's grace period, which a process on its own keeps too. */
const GRACE_MS = 10_000

const seed = numberArgument('seed', 20_240_808)
const kills = await killing({ signal: 'SIGKILL', times: numberArgument('kills', 200), seed })
console.log(
  `${kills.signals} SIGKILLs over ${kills.completed} venue-days (at most ${kills.maxInOne} in one), each started again (--seed=${seed}):`,
)
console.log(
  '  every final bucket is byte-identical to an undisturbed run: all Parquet objects and plans; manifests and receipts',
)
console.log('  but for generations, seconds, and counts of deliveries')
console.log(
  `  a reader polled ${kills.polls} times, read ${kills.filesRead} Parquet files and ${kills.manifestsRead} manifests: none partial, none untrue`,
)
const stops = await killing({ signal: 'SIGTERM', times: numberArgument('stops', 20), seed: seed + 1 })
const inGrace = stops.longestEndMs < GRACE_MS
console.log(
  `${stops.signals} SIGTERMs over ${stops.completed} venue-days: exit codes ${JSON.stringify(stops.codes)}, ended after ${Math.round(stops.longestEndMs)} ms at most; the same final buckets`,
)
conclude('signals', { passed: kills.signals + stops.signals, failed: inGrace ? 0 : 1 })
