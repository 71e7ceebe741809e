import fc from 'fast-check'
import { checkCourse } from './check-course.ts'
import { type Course, REQUESTS, type RequestName } from './course.ts'

const some = (most: number) => fc.integer({ min: 0, max: most })

export const courses: fc.Arbitrary<Course> = fc.record({
  seed: fc.integer(),
  days: fc.integer({ min: 1, max: 3 }),
  symbols: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 1, max: 3 }),
  workers: fc.integer({ min: 1, max: 2 }),
  requests: fc.array(fc.constantFrom(...(Object.keys(REQUESTS) as RequestName[])), { minLength: 1, maxLength: 3 }),
  crashes: some(3),
  stops: some(1),
  failures: some(3),
  duplicates: some(3),
  deadlines: some(1),
  badAnswers: some(2),
  oldFiles: some(3),
  quota: fc.oneof({ arbitrary: fc.constant(0), weight: 2 }, { arbitrary: fc.integer({ min: 3, max: 6 }), weight: 1 }),
  newFiles: some(6),
  keyDays: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, { arbitrary: fc.integer({ min: 1, max: 2 }), weight: 1 }),
  outageDays: fc.oneof(
    { arbitrary: fc.constant(0), weight: 3 },
    { arbitrary: fc.integer({ min: 1, max: 2 }), weight: 1 },
  ),
  isHurried: fc.boolean(),
})

export interface ModelEnd {
  readonly runs: number
  readonly steps: number
  /** What did not hold, with the course that shows it. */
  readonly failure?: string
  readonly seed: number
}

/** Tries `runs` courses; where one breaks the promise, the smallest that fast-check finds is told. */
export async function tryCourses(runs: number, seed: number): Promise<ModelEnd> {
  let steps = 0
  const property = fc.asyncProperty(courses, async course => {
    steps += await checkCourse(course)
  })
  const details = await fc.check(property, { numRuns: runs, seed, endOnFailure: false })
  const { numRuns, failed, counterexample, errorInstance } = details
  if (!failed) return { runs: numRuns, steps, seed }
  const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  return { runs: numRuns, steps, seed, failure: `${message.split('\n')[0]} ${JSON.stringify(counterexample?.[0])}` }
}
