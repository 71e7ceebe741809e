/** A hook that runs once for a suite serves all of its tests. StrykerJS knows tests only, so it has an id of the suite first. */
const SUITE = 'suite: '

/** The id under which coverage of a test or a hook is counted. */
export function idOf(runnable) {
  if (/^"(before|after) all" hook/.test(runnable.title)) return SUITE + runnable.parent.fullTitle()
  return (runnable.ctx?.currentTest ?? runnable).fullTitle()
}

/** StrykerJS's coverage, with what a suite's hooks reach counted for each of its tests. */
export function coverageByTest(coverage, root) {
  if (!coverage) return coverage
  const perTest = {}
  for (const [id, counts] of Object.entries(coverage.perTest)) if (!id.startsWith(SUITE)) add(perTest, id, counts)
  for (const suite of suitesOf(root)) {
    const counts = coverage.perTest[SUITE + suite.fullTitle()]
    if (counts) suite.eachTest(test => add(perTest, test.fullTitle(), counts))
  }
  return { ...coverage, perTest }
}

function suitesOf(suite) {
  return [suite, ...suite.suites.flatMap(suitesOf)]
}

function add(perTest, id, counts) {
  perTest[id] ??= {}
  for (const [mutant, count] of Object.entries(counts)) perTest[id][mutant] = (perTest[id][mutant] ?? 0) + count
}
