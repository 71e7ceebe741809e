import { readConfig, VARIABLES } from '../../functions/runtime/config/config.ts'
import {
  accountsUsed,
  asksForCopies,
  keepsRequests,
  listsNames,
  nothingPublic,
  prefixes,
  roles,
  secrets,
  writesTables,
} from './access.ts'
import { agentsExist, artefactRead, rolesInForce } from './first-and-last-day.ts'
import { deadLetterRights, pullSubscriptions, pushPaths, pushSubscriptions, topicsHeard } from './messaging.ts'
import { address, type Block, expression, first, type Json, list, type Module, object, ofType } from './terraform.ts'

/** What must hold of infra/, each with the faults it finds: none where it holds. */
export const INVARIANTS: Readonly<Record<string, (module: Module) => string[]>> = {
  'every push subscription has 600 s, 31 days, retries, a dead-letter policy, a token, and never expires':
    pushSubscriptions,
  'every other subscription is that of a dead-letter topic, and never expires': pullSubscriptions,
  'every topic has a subscription, the dead-letter topics too': topicsHeard,
  'Pub/Sub may publish dead letters and acknowledge what it dead-letters': deadLetterRights,
  'a push goes to the path that names its topic': pushPaths,
  'the functions take one request at a time, inside the ack deadline, from inside only': functionLimits,
  'the functions get the environment they read, and nothing else': environmentNames,
  'defaults are the same in infra and in the code': defaultsAgree,
  'secrets are references, never values': secrets,
  'nothing is public': nothingPublic,
  'no primitive role, and on the project only what the builder needs': roles,
  'every service account is used and has a role': accountsUsed,
  'rights on objects are held to prefixes': prefixes,
  'the functions may list names': listsNames,
  'schedule may keep requests': keepsRequests,
  'aggregate alone may write the tables': writesTables,
  'what is replaced can be copied for the tables first': asksForCopies,
  'functions are built once the roles are in force': rolesInForce,
  "roles are given to accounts of Google's that exist": agentsExist,
  'what is read to destroy need not be there': artefactRead,
  'buckets are private, and say what they keep': buckets,
  'every alert names its channels and says what to do first': alerts,
  'every variable and output has a description': descriptions,
  'providers have exact versions': versions,
}

function functionLimits(module: Module): string[] {
  const functions = ofType(module, 'google_cloudfunctions2_function')
  if (functions.length === 0) return ['no function']
  const names = Object.keys(object(module.locals.functions)).sort().join()
  return functions.flatMap(resource => {
    const service = first(resource.body.service_config)
    const timeout = Number(object(module.locals).timeout_seconds)
    const expected: [string, Json | undefined, Json][] = [
      ['max_instance_request_concurrency', service.max_instance_request_concurrency, 1],
      ['ingress_settings', service.ingress_settings, 'ALLOW_INTERNAL_ONLY'],
      ['runtime', first(resource.body.build_config).runtime, 'nodejs24'],
      ['entry_point', first(resource.body.build_config).entry_point, expression('each.key')],
      ['timeout_seconds', service.timeout_seconds, expression('local.timeout_seconds')],
      ['functions', names, 'aggregate,fetch,schedule'],
      ['event_trigger', resource.body.event_trigger ?? null, null],
    ]
    const needed = ['available_memory', 'available_cpu', 'max_instance_count', 'service_account_email']
    return [
      ...expected.filter(([, found, right]) => found !== right).map(([what, found]) => `${what} is ${found}`),
      ...needed.filter(name => service[name] === undefined).map(name => `${name} is not set`),
      ...(timeout < 600 ? [] : [`a timeout of ${timeout} s, the ack deadline is 600 s`]),
    ].map(fault => `${address(resource)}: ${fault}`)
  })
}

/** Given as a secret; an emulator's address. */
const NOT_PLAIN = ['TARDIS_API_KEY', 'GCS_API_ENDPOINT']
const READ_BY_RUNTIME = ['GOOGLE_CLOUD_PROJECT', 'NODE_OPTIONS', 'MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_']

function environmentNames(module: Module): string[] {
  const expected: string[] = [...VARIABLES.filter(name => !NOT_PLAIN.includes(name)), ...READ_BY_RUNTIME]
  const shared = object(module.locals.environment)
  const faults = Object.entries(object(module.locals.functions)).flatMap(([name, settings]) => {
    const found = Object.keys({ ...shared, ...object(object(settings).environment) })
    return [
      ...expected.filter(variable => !found.includes(variable)).map(variable => `${name}: ${variable} is not set`),
      ...found.filter(variable => !expected.includes(variable)).map(v => `${name}: nobody reads ${v}`),
    ]
  })
  const given = ofType(module, 'google_cloudfunctions2_function').filter(
    ({ body }) =>
      first(body.service_config).environment_variables !==
      expression('merge(local.environment, each.value.environment)'),
  )
  return [...faults, ...given.map(resource => `${address(resource)}: gets another environment`)]
}

function defaultsAgree(module: Module): string[] {
  const env: Record<string, string> = {}
  for (const [name, expression] of Object.entries(object(module.locals.environment))) {
    const isChoice = String(expression).includes(' ? ')
    const variable = isChoice ? undefined : /\bvar\.(\w+)/.exec(String(expression))?.[1]
    const value = variable === undefined ? undefined : module.variables.get(variable)?.default
    if (value !== undefined && value !== null) env[name] = list(value).join(',') || String(value)
  }
  const ours = readConfig(env)
  const theirs = readConfig({})
  return (Object.keys(theirs) as (keyof typeof theirs)[])
    .filter(key => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]))
    .map(key => `${key}: ${JSON.stringify(ours[key])} in infra, ${JSON.stringify(theirs[key])} in the code`)
}

function buckets(module: Module): string[] {
  return ofType(module, 'google_storage_bucket').flatMap(bucket => {
    const { body } = bucket
    const faults = []
    if (body.uniform_bucket_level_access !== true) faults.push('no uniform access')
    if (body.public_access_prevention !== 'enforced') faults.push('public access is not prevented')
    if (first(body.soft_delete_policy).retention_duration_seconds === undefined) faults.push('no word on soft delete')
    if (bucket.name === 'data') {
      if (body.force_destroy !== false) faults.push('a destroy would take the data along')
      if (body.retention_policy !== undefined)
        faults.push('a retention policy, under which no manifest could be replaced')
      if (first(body.versioning).enabled !== false) faults.push('no word on versions')
      const aborts = list(body.lifecycle_rule).some(
        rule => first(object(rule).action).type === 'AbortIncompleteMultipartUpload',
      )
      if (!aborts) faults.push('uploads left unfinished would stay')
    }
    return faults.map(fault => `${address(bucket)}: ${fault}`)
  })
}

const ALERTED = ['backlog', 'dead_letters', 'function_errors', 'memory', 'schedule_silent', 'log']
const ALERTED_LINES = [
  'overdue',
  'rejected',
  'leak',
  'out_of_memory',
  'scheduler',
  'forbidden',
  'failed',
  'quota',
  'key',
  'down',
  'request',
]
/** The steps are a numbered list. */
const FIRST_STEP = /^\s*1\. /m

function alerts(module: Module): string[] {
  const policies = ofType(module, 'google_monitoring_alert_policy')
  const lines = object(module.locals.log_alerts)
  return [
    ...ALERTED.filter(name => !policies.some(policy => policy.name === name)).map(name => `no alert ${name}`),
    ...ALERTED_LINES.filter(name => lines[name] === undefined).map(name => `no alert on lines ${name}`),
    ...policies
      .filter(({ body }) => body.notification_channels !== expression('local.channels'))
      .map(policy => `${address(policy)}: no channels`),
    ...policies
      .map(({ name, body }) => ({ name, content: String(first(body.documentation).content) }))
      .filter(({ content }) => content !== expression('each.value.text') && !FIRST_STEP.test(content))
      .map(({ name }) => `${name}: no first step`),
    ...Object.entries(lines)
      .filter(([, line]) => !FIRST_STEP.test(String(object(line).text)))
      .map(([name]) => `lines ${name}: no first step`),
  ]
}

function descriptions(module: Module): string[] {
  const without = (kind: string, blocks: ReadonlyMap<string, Block>) =>
    [...blocks].filter(([, block]) => !block.description).map(([name]) => `${kind} ${name}: no description`)
  return [...without('variable', module.variables), ...without('output', module.outputs)]
}

function versions(module: Module): string[] {
  const providers = Object.entries(first(module.terraform.required_providers))
  if (providers.length === 0) return ['no required_providers']
  return providers
    .filter(([, provider]) => !/^\d+\.\d+\.\d+$/.test(String(object(provider).version)))
    .map(([name, provider]) => `${name}: ${object(provider).version}`)
}
