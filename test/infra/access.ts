import { address, expression, first, list, type Module, object, ofType, refersTo } from './terraform.ts'

export function secrets(module: Module): string[] {
  const values = ofType(module, 'google_secret_manager_secret_version').map(address)
  const plain = [module.locals.environment, module.locals.functions]
    .filter(place => /(KEY|SECRET|TOKEN|PASSWORD)"/.test(JSON.stringify(place ?? null)))
    .map(() => 'a secret among the plain variables')
  const referred = ofType(module, 'google_cloudfunctions2_function').filter(({ body }) => {
    const given = object(first(body.service_config).dynamic).secret_environment_variables
    return first(first(given).content).key !== 'TARDIS_API_KEY'
  })
  const variables = [...module.variables.keys()].filter(name => /(_key|secret|token|password)$/.test(name))
  return [
    ...values.map(value => `${value}: its value would be in the state`),
    ...plain,
    ...referred.map(resource => `${address(resource)}: gets no TARDIS_API_KEY from the secret`),
    ...variables.map(name => `var.${name}: a secret's value would pass through the plan`),
  ]
}

export function nothingPublic(module: Module): string[] {
  return [...module.files].flatMap(([name, text]) =>
    [...text.matchAll(/allUsers|allAuthenticatedUsers|ALLOW_ALL/g)].map(([found]) => `${name}: ${found}`),
  )
}

/** Roles on the project, with what their condition has to say. */
const ON_THE_PROJECT: Readonly<Record<string, string>> = {
  'roles/logging.logWriter': '',
  'roles/serviceusage.serviceUsageConsumer': '',
  'roles/storage.objectUser': 'startsWith("projects/_/buckets/gcf-v2-sources-',
}

export function roles(module: Module): string[] {
  const members = module.resources.filter(({ type }) => /_iam_(member|binding|policy)$/.test(type))
  return members.flatMap(resource => {
    const role = String(resource.body.role)
    const faults = []
    if (/_iam_(binding|policy)$/.test(resource.type)) faults.push('takes away what others granted')
    if (/^roles\/(owner|editor|viewer)$/.test(role)) faults.push(`primitive role ${role}`)
    if (/\.(admin|objectAdmin)$/.test(role)) faults.push(`role ${role} may more than is needed`)
    if (resource.type === 'google_project_iam_member') {
      const held = ON_THE_PROJECT[role]
      const condition = String(first(resource.body.condition).expression ?? '')
      if (held === undefined || !condition.includes(held))
        faults.push(`${role} on the project, condition: ${condition}`)
    }
    return faults.map(fault => `${address(resource)}: ${fault}`)
  })
}

export function accountsUsed(module: Module): string[] {
  const others = module.resources.filter(({ type }) => type !== 'google_service_account')
  return ofType(module, 'google_service_account').flatMap(account => {
    const runs = others.some(
      ({ type, body }) =>
        !type.endsWith('_iam_member') && !type.startsWith('google_project_iam') && refersTo(body, account),
    )
    const may = others.some(({ type, body }) => type.endsWith('_iam_member') && refersTo(body.member, account))
    return [
      ...(runs ? [] : [`${address(account)}: nothing runs as it`]),
      ...(may ? [] : [`${address(account)}: has no role`]),
    ]
  })
}

/** Whoever may do anything with objects of the data bucket may do so below a prefix; names alone may be listed. */
export function prefixes(module: Module): string[] {
  const bucket = ofType(module, 'google_storage_bucket').find(({ name }) => name === 'data')
  if (!bucket) return ['no data bucket']
  return ofType(module, 'google_storage_bucket_iam_member')
    .filter(({ body }) => refersTo(body.bucket, bucket) && !String(body.role).includes('object_lister'))
    .filter(({ body }) => {
      const clauses = String(first(body.condition).expression ?? '').split(' || ')
      return !clauses.every(clause => /^resource\.name\.startsWith\(".*\/objects\/.+\/"\)$/.test(clause))
    })
    .map(member => `${address(member)}: not held to a prefix that ends with a slash`)
}

/** Each function may list names in the data bucket. No condition on objects' names holds for a list. */
export function listsNames(module: Module): string[] {
  const listers = ofType(module, 'google_storage_bucket_iam_member').filter(
    ({ body }) =>
      String(body.role).includes('object_lister') &&
      body.for_each === expression('local.functions') &&
      String(body.member).includes('function[each.key]') &&
      body.condition === undefined,
  )
  const role = ofType(module, 'google_project_iam_custom_role').find(({ name }) => name === 'object_lister')
  const may = list(role?.body.permissions).includes('storage.objects.list')
  return listers.length === 1 && may ? [] : ['the functions may not list the data bucket, fetch lists what is stored']
}

/** It may write below the folder of requests, and below the one of rejected messages, but nowhere else in the ledger. */
export function keepsRequests(module: Module): string[] {
  const writes = ofType(module, 'google_storage_bucket_iam_member').filter(
    ({ body }) => body.role === 'roles/storage.objectUser' && String(body.member).includes('["schedule"]'),
  )
  const folders = writes.map(
    ({ body }) => /ledger_prefix}\/(\w+)\//.exec(String(first(body.condition).expression))?.[1],
  )
  const expected = ['rejected', 'requests']
  return folders.sort().join() === expected.join() ? [] : [`schedule writes below ${folders}, expected ${expected}`]
}

/** Aggregate may write below the tables' folder, and nobody else may. */
export function writesTables(module: Module): string[] {
  const writers = ofType(module, 'google_storage_bucket_iam_member')
    .filter(({ body }) => String(first(body.condition).expression).includes('local.tables_prefix}/'))
    .map(({ body }) => `${body.role} for ${/\["(\w+)"\]/.exec(String(body.member))?.[1]}`)
  const expected = 'roles/storage.objectUser for aggregate'
  return writers.join() === expected ? [] : [`found ${writers.join() || 'nobody'} on the tables, expected ${expected}`]
}

/** Fetch may ask for copies; aggregate may read what it copies, and publish the batches that wait for copies. */
export function asksForCopies(module: Module): string[] {
  const publishes = (topic: string, name: string) =>
    ofType(module, 'google_pubsub_topic_iam_member').some(
      ({ body }) =>
        String(body.topic).includes(`work["${topic}"]`) &&
        String(body.member).includes(`["${name}"]`) &&
        body.role === 'roles/pubsub.publisher',
    )
  const reads = ofType(module, 'google_storage_bucket_iam_member').some(
    ({ body }) =>
      body.role === 'roles/storage.objectViewer' &&
      String(body.member).includes('["aggregate"]') &&
      String(first(body.condition).expression).includes('var.bucket_prefix}/'),
  )
  return [
    ...(publishes('tables', 'fetch') ? [] : ['fetch may not ask for copies']),
    ...(publishes('fetch', 'aggregate') ? [] : ['aggregate may not publish batches']),
    ...(reads ? [] : ['aggregate may not read what it copies']),
  ]
}
