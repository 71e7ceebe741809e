import { shown } from '../../runtime/shown.ts'
import { single } from './flags.ts'

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects, with the domain that some ids begin with. */
const PROJECT = /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/

/** A Google Cloud project's id. */
export function projectFlag(about: string) {
  return single<string>('ID', about, value =>
    PROJECT.test(value)
      ? { value }
      : { faults: [`found ${shown(value)}, expected a project id (6 to 30 lower-case letters, digits and -)`] },
  )
}
