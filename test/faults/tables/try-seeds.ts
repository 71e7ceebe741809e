interface Course {
  readonly steps: number
  run(): Promise<void>
}

/** Tries random courses, each from a seed of its own. */
export async function trySeeds(runs: number, seed: number, courseOf: (seed: number) => Course) {
  let steps = 0
  for (let run = 0; run < runs; run += 1) {
    const own = seed * 1_000_003 + run
    const course = courseOf(own)
    try {
      await course.run()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { runs: run, steps: steps + course.steps, failure: `${message} {"seed":${own}}` }
    }
    steps += course.steps
  }
  return { runs, steps, failure: undefined }
}
