import { conclude, numberArgument } from '../report.ts'
import { killForcedDownloads } from './forced-killing.ts'

const seed = numberArgument('seed', 20_240_808)
const { kills, after, halfReplaced, completed } = await killForcedDownloads(numberArgument('kills', 30), seed)
console.log(
  `${kills} SIGKILLs of a forced download with tables: ${after.copy} after a copy, ${after.commit} after a commit, ${after.replace} after an object was replaced (--seed=${seed}):`,
)
console.log(
  `  after each of them a glob found each item once, and all that a kept snapshot names was there (${halfReplaced} times objects were of two versions)`,
)
console.log(`  ${completed} downloads were brought to their end, and each table showed the version that was stored`)
conclude('forced kills', { passed: kills, failed: 0 })
