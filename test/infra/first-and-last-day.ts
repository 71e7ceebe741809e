import { address, expression, first, list, type Module, object, ofType, refersTo } from './terraform.ts'

const MIN_WAIT_SECONDS = 60
// biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own template
const WHERE_BUILT = expression('fileexists("${path.module}/.artefact/package.json") ? 1 : 0')

/** What a build and a new revision need is given some time before the functions are created. */
export function rolesInForce(module: Module): string[] {
  const wait = ofType(module, 'time_sleep').find(({ name }) => name === 'roles_in_force')
  if (!wait) return ['nothing waits for the roles']
  const members = module.resources.filter(({ type }) => type.endsWith('_iam_member'))
  const build = { type: 'google_service_account', name: 'build', body: {} }
  const needed = members.filter(
    ({ type, body }) => refersTo(body.member, build) || type === 'google_secret_manager_secret_iam_member',
  )
  const seconds = Number(/^(\d+)s$/.exec(String(wait.body.create_duration))?.[1])
  return [
    ...(seconds >= MIN_WAIT_SECONDS
      ? []
      : [`waits ${wait.body.create_duration}, expected ${MIN_WAIT_SECONDS}s or more`]),
    ...needed
      .filter(member => !refersTo(wait.body.depends_on, member))
      .map(member => `nothing waits for ${address(member)}`),
    ...ofType(module, 'google_cloudfunctions2_function')
      .filter(({ body }) => !refersTo(body.depends_on, wait))
      .map(resource => `${address(resource)}: does not wait`),
  ]
}

/** In a new project Google's own accounts exist only once they are asked for. */
export function agentsExist(module: Module): string[] {
  const faults = [...module.files].flatMap(([name, text]) =>
    [...text.matchAll(/@gcp-sa-[a-z-]+/g)].map(
      ([found]) => `${name}: ${found}, expected an account that was asked for`,
    ),
  )
  const asked = ofType(module, 'google_project_service_identity')
    .map(({ body }) => String(body.for_each))
    .join()
  const agent = String(module.locals.pubsub_agent)
  if (!agent.includes('google_project_service_identity.')) faults.push(`the agent of Pub/Sub is ${agent}`)
  if (!asked.includes('"pubsub.googleapis.com"')) faults.push('the agent of Pub/Sub is not asked for')
  return faults
}

/** Terraform reads data before it destroys. What a checkout may lack is read only where it is. */
export function artefactRead({ data, resources }: Module): string[] {
  const archives = data.filter(({ type }) => type === 'archive_file')
  const precondition = resources.some(
    ({ type, body }) =>
      type === 'google_storage_bucket_object' &&
      list(first(body.lifecycle).precondition).some(check =>
        /node infra\/package\.ts/.test(String(object(check).error_message)),
      ),
  )
  return [
    ...data
      .filter(({ type }) => type !== 'archive_file' && type !== 'google_project')
      .map(source => `data.${address(source)}: is read to destroy, too`),
    ...archives
      .filter(({ body }) => body.count !== WHERE_BUILT)
      .map(source => `data.${address(source)}: is read where nothing was built`),
    ...(precondition ? [] : ['an apply without the artefact is not told how to make it']),
  ]
}
