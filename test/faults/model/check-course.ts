import assert from 'node:assert/strict'
import type { Manifest } from '../../../functions/ledger/manifest.ts'
import { type Course, calm as calmOf } from './course.ts'
import { LAST_DAYS } from './limited-vendor.ts'
import { Model } from './model.ts'

/** What the bucket holds, without what tells of the run and not of the data: generations, plan ids, seconds. */
export function contentsOf(model: Model): { data: Record<string, string>; manifests: unknown } {
  const data: Record<string, string> = {}
  for (const [name, bytes] of model.bucket.contents()) {
    if (name.startsWith('ticks/') && !name.includes(`venue=${LAST_DAYS}/`))
      data[name] = Buffer.from(bytes).toString('base64')
  }
  const manifests = model.invariants.manifests.map(manifest => {
    const { plan: _, totals, items, ...rest } = manifest as Manifest
    const told = items.map(({ generation: _, ...item }) => item)
    return { ...rest, totals: { ...totals, seconds: 0 }, items: told }
  })
  return { data, manifests }
}

/**
 * Runs a course and looks at every step whether the promise holds, and at the end whether the bucket is what it is where
 * nothing went wrong: at once where no message was given up, and anyway once the day has been asked for again and upgraded.
 * @returns how many steps it took; throws what did not hold
 */
export async function checkCourse(course: Course): Promise<number> {
  const calm = new Model(calmOf(course))
  await calm.run()
  const undisturbed = contentsOf(calm)
  await calm.ask()
  const model = new Model(course)
  await model.run()
  if (model.givenUp === 0) {
    model.invariants.atRest()
    // An upgrade does what is recorded by then, which depends on what comes first.
    const isOrdered = !course.requests.includes('upgrade')
    if (isOrdered) assert.deepEqual(contentsOf(model), undisturbed, 'lost: not what an undisturbed run ends in')
  }
  await model.ask()
  model.invariants.atRest()
  assert.deepEqual(contentsOf(model), contentsOf(calm), 'not what an undisturbed run ends in, though asked again')
  return model.steps
}
