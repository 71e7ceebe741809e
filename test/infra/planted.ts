import { PLANTED_ALERTS } from './planted-alerts.ts'
import { PLANTED_COPIES } from './planted-copies.ts'

/** A fault put into one of the files. */
export interface Planted {
  readonly what: string
  readonly file: string
  readonly from: string | RegExp
  readonly to: string
  /** The invariant that has to notice. */
  readonly broken: string
}

const PUSH = 'every push subscription has 600 s, 31 days, retries, a dead-letter policy, a token, and never expires'
const LIMITS = 'the functions take one request at a time, inside the ack deadline, from inside only'
const ENVIRONMENT = 'the functions get the environment they read, and nothing else'
const IN_FORCE = 'functions are built once the roles are in force'
const AGENTS = "roles are given to accounts of Google's that exist"
const READ = 'what is read to destroy need not be there'
const BUCKETS = 'buckets are private, and say what they keep'
const ROLES = 'no primitive role, and on the project only what the builder needs'

export const PLANTED: readonly Planted[] = [
  {
    what: 'the default ack deadline of 10 s',
    file: 'pubsub.tf',
    from: 'ack_deadline_seconds = 600',
    to: 'ack_deadline_seconds = 10',
    broken: PUSH,
  },
  {
    what: 'no dead-letter policy',
    file: 'pubsub.tf',
    from: /dead_letter_policy \{[^}]*\}/,
    to: '',
    broken: PUSH,
  },
  {
    what: 'no token on pushes',
    file: 'pubsub.tf',
    from: /oidc_token \{[^}]*\}/,
    to: '',
    broken: PUSH,
  },
  {
    what: 'dead letters without a subscription',
    file: 'pubsub.tf',
    from: /resource "google_pubsub_subscription" "dead_letter" \{[\s\S]*?\n\}/,
    to: '',
    broken: 'every topic has a subscription, the dead-letter topics too',
  },
  {
    what: 'a subscription that is deleted after 31 quiet days',
    file: 'pubsub.tf',
    from: /expiration_policy \{[^}]*\}\n\}/,
    to: '}',
    broken: 'every other subscription is that of a dead-letter topic, and never expires',
  },
  {
    what: 'dead letters that Pub/Sub may not publish',
    file: 'identities.tf',
    from: /resource "google_pubsub_topic_iam_member" "agent_dead_letters" \{[\s\S]*?\n\}/,
    to: '',
    broken: 'Pub/Sub may publish dead letters and acknowledge what it dead-letters',
  },
  {
    what: 'pushes to the bare address',
    file: 'pubsub.tf',
    from: /\.uri\}\/projects\/.*"/,
    to: '.uri}"',
    broken: 'a push goes to the path that names its topic',
  },
  {
    what: '80 requests at a time',
    file: 'functions.tf',
    from: 'max_instance_request_concurrency = 1',
    to: 'max_instance_request_concurrency = 80',
    broken: LIMITS,
  },
  {
    what: 'a function that outlives its message',
    file: 'locals.tf',
    from: 'timeout_seconds = 540',
    to: 'timeout_seconds = 900',
    broken: LIMITS,
  },
  { what: 'a variable forgotten', file: 'locals.tf', from: /GCS_PREFIX .*/, to: '', broken: ENVIRONMENT },
  {
    what: 'a variable misspelt',
    file: 'locals.tf',
    from: 'DEADLINE_SECONDS ',
    to: 'DEADLINE_SECS ',
    broken: ENVIRONMENT,
  },
  {
    what: 'another topic than the code publishes to',
    file: 'variables.tf',
    from: '"tick-venue-days"',
    to: '"tick-venuedays"',
    broken: 'defaults are the same in infra and in the code',
  },
  {
    what: 'the key as a plain variable',
    file: 'locals.tf',
    from: 'environment = {\n',
    to: 'environment = {\n    TARDIS_API_KEY = "k"\n',
    broken: 'secrets are references, never values',
  },
  {
    what: "the key's value in the state",
    file: 'secret.tf',
    from: /$/,
    to: '\nresource "google_secret_manager_secret_version" "key" {\n  secret = "s"\n}\n',
    broken: 'secrets are references, never values',
  },
  {
    what: 'a function that everybody may call',
    file: 'identities.tf',
    from: 'member   = google_service_account.push.member',
    to: 'member = "allUsers"',
    broken: 'nothing is public',
  },
  {
    what: 'an editor',
    file: 'identities.tf',
    from: '"roles/storage.objectUser"',
    to: '"roles/editor"',
    broken: ROLES,
  },
  {
    what: 'a role on the whole project',
    file: 'identities.tf',
    from: '"roles/logging.logWriter"',
    to: '"roles/pubsub.publisher"',
    broken: ROLES,
  },
  {
    what: 'an account nobody uses',
    file: 'identities.tf',
    from: /$/,
    to: '\nresource "google_service_account" "spare" {\n  account_id = "tick-spare"\n}\n',
    broken: 'every service account is used and has a role',
  },
  {
    what: 'a bucket that may be public',
    file: 'storage.tf',
    from: 'public_access_prevention    = "enforced"',
    to: 'public_access_prevention = "inherited"',
    broken: BUCKETS,
  },
  {
    what: 'a variable without a word on it',
    file: 'variables-functions.tf',
    from: /description = "How far back.*/,
    to: '',
    broken: 'every variable and output has a description',
  },
  {
    what: 'whatever provider is newest',
    file: 'versions.tf',
    from: 'version = "7.45.0"',
    to: 'version = ">= 7.0"',
    broken: 'providers have exact versions',
  },
  {
    what: 'messages that are dropped after a week',
    file: 'pubsub.tf',
    from: 'message_retention_duration = "2678400s"\n\n  # Never',
    to: 'message_retention_duration = "604800s"\n\n  # Never',
    broken: PUSH,
  },
  {
    what: 'functions that are built before the roles are in force',
    file: 'functions.tf',
    from: '[time_sleep.roles_in_force]',
    to: '[google_project_iam_member.build_writes_logs]',
    broken: IN_FORCE,
  },
  {
    what: 'a wait that is too short',
    file: 'identities.tf',
    from: 'create_duration = "60s"',
    to: 'create_duration = "5s"',
    broken: IN_FORCE,
  },
  {
    what: "a builder's role that nothing waits for",
    file: 'identities.tf',
    from: '    google_project_iam_member.build_uses_staging_bucket,\n',
    to: '',
    broken: IN_FORCE,
  },
  {
    what: 'a role for an agent that may not exist',
    file: 'locals.tf',
    from: /pubsub_agent = .*/,
    to: 'pubsub_agent = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"',
    broken: AGENTS,
  },
  {
    what: "Pub/Sub's agent not asked for",
    file: 'apis.tf',
    from: /"pubsub.googleapis.com",\n {2}\]\)\n\n {2}service = /,
    to: '])\n\n  service = ',
    broken: AGENTS,
  },
  {
    what: 'an archive that is read where nothing was built',
    file: 'storage.tf',
    from: /count = fileexists.*/,
    to: 'count = 1',
    broken: READ,
  },
  {
    what: 'an apply that does not say what is missing',
    file: 'storage.tf',
    from: /precondition \{[\s\S]*?\n {4}\}/,
    to: '',
    broken: READ,
  },
  {
    what: 'a further file that is read to destroy',
    file: 'storage.tf',
    from: /$/,
    to: '\ndata "local_file" "notes" {\n  filename = "notes.txt"\n}\n',
    broken: READ,
  },
  {
    what: 'a builder that may use every bucket of the project',
    file: 'identities.tf',
    from: /condition \{\n {4}title {6}= "staging-bucket"[\s\S]*?\n {2}\}/,
    to: '',
    broken: ROLES,
  },
  {
    what: 'a function that may write everywhere in the bucket',
    file: 'identities.tf',
    from: /condition \{\n {4}title {6}= "data-and-ledger"[\s\S]*?\n {2}\}/,
    to: '',
    broken: 'rights on objects are held to prefixes',
  },
  {
    what: 'a prefix that also fits its neighbours',
    file: 'identities.tf',
    from: '/rejected/\\")',
    to: '/rejected\\")',
    broken: 'rights on objects are held to prefixes',
  },
  {
    what: 'a bucket whose manifests cannot be replaced',
    file: 'storage.tf',
    from: 'force_destroy = false',
    to: 'force_destroy = false\n  retention_policy {\n    retention_period = 86400\n  }',
    broken: BUCKETS,
  },
  {
    what: 'no right of schedule to keep requests',
    file: 'identities.tf',
    from: 'ledger_prefix}/requests/',
    to: 'ledger_prefix}/rejected/',
    broken: 'schedule may keep requests',
  },
  {
    what: 'a schedule that may write plans and manifests, which fetch compares for it',
    file: 'identities.tf',
    from: 'ledger_prefix}/requests/',
    to: 'ledger_prefix}/',
    broken: 'schedule may keep requests',
  },
  {
    what: 'requests for the tables that nobody hears',
    file: 'pubsub.tf',
    from: /(?<="push" \{\n {2}for_each = local\.)topics/,
    to: 'functions',
    broken: 'every topic has a subscription, the dead-letter topics too',
  },
  {
    what: 'a list of names that is held to a prefix',
    file: 'identities.tf',
    from: /(?<=object_lister\.id\n.*\n)(?=\})/,
    to: '  condition {\n    title = "data"\n  }\n',
    broken: 'the functions may list names',
  },
  {
    what: 'no right of aggregate to write the tables',
    file: 'identities.tf',
    from: /resource "google_storage_bucket_iam_member" "aggregate_writes_tables" \{[\s\S]*?\n\}/,
    to: '',
    broken: 'aggregate alone may write the tables',
  },
  {
    what: 'a right of fetch to write the tables',
    file: 'identities.tf',
    from: /ledger_prefix(?=[^\n]*\n {2}\}\n\}\n\n# Object User)/,
    to: 'tables_prefix',
    broken: 'aggregate alone may write the tables',
  },
  ...PLANTED_COPIES,
  ...PLANTED_ALERTS,
]
