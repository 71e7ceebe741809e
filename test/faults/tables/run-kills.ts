import { conclude, numberArgument } from '../report.ts'
import { killRefreshes } from './killing.ts'
import { rivalRefreshes } from './rivals.ts'

const seed = numberArgument('seed', 20_240_808)
const { kills, completed, tablesRead } = await killRefreshes(numberArgument('kills', 200), seed)
console.log(
  `${kills} SIGKILLs of table refresh, ${completed} rounds of 40 changed venue-days brought to their end (--seed=${seed}):`,
)
console.log(
  `  after each of them the tables were whole (${tablesRead} times there was one), at each end they were right`,
)
const rivals = numberArgument('rivals', 50)
const { version, operations } = await rivalRefreshes(rivals)
console.log(
  `${rivals} refreshes at once while manifests change: one right table, version ${version}, ${operations} requests`,
)
conclude('kills and rivals', { passed: kills + rivals, failed: 0 })
