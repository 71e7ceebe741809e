import { conclude, numberArgument } from '../report.ts'
import { tryForcedCourses } from './forced-course.ts'

/** Tries random courses of objects that are replaced, 2,000 unless `--runs` says otherwise; `--seed` gives other ones. */
const runs = numberArgument('runs', 2_000)
const seed = numberArgument('seed', 20_240_808)
const startedMs = performance.now()
const end = await tryForcedCourses(runs, seed)
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
console.log(
  `${end.runs} random courses of forced days, ${end.steps} steps, each followed by the invariants, in ${seconds} s (--seed=${seed})`,
)
if (end.failure) console.log(`a broken invariant: ${end.failure}`)
conclude('tables-forced', { passed: end.failure ? 0 : end.runs, failed: end.failure ? 1 : 0 })
