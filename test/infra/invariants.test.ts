import assert from 'node:assert/strict'
import { INVARIANTS } from './invariants.ts'
import { readFiles, readModule } from './terraform.ts'

interface Planted {
  readonly what: string
  readonly file: string
  readonly from: string | RegExp
  readonly to: string
  /** The invariant that has to notice. */
  readonly broken: string
}

const PUSH = 'every push subscription has 600 s, retries, a dead-letter policy, a token, and never expires'
const LIMITS = 'the functions take one request at a time, inside the ack deadline, from inside only'
const ENVIRONMENT = 'the functions get the environment they read, and nothing else'
const ROLES = 'no primitive role, and on the project only what the builder needs'

const PLANTED: readonly Planted[] = [
  {
    what: 'the default ack deadline of 10 s',
    file: 'pubsub.tf',
    from: 'ack_deadline_seconds       = 600',
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
    broken: 'buckets are private, and say what they keep',
  },
  {
    what: 'an alert gone',
    file: 'alerts.tf',
    from: '"google_monitoring_alert_policy" "dead_letters"',
    to: '"google_monitoring_alert_policy" "dead"',
    broken: 'every alert names its channels and says what to do',
  },
  {
    what: 'a variable without a word on it',
    file: 'variables.tf',
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
]

describe('infra', () => {
  for (const [invariant, faultsOf] of Object.entries(INVARIANTS)) {
    it(invariant, async () => {
      assert.deepEqual(faultsOf(await readModule(readFiles())), [])
    })
  }

  for (const { what, file, from, to, broken } of PLANTED) {
    it(`would not pass with ${what}`, async () => {
      const files = readFiles()
      const text = files.get(file) ?? ''
      const faulty = text.replace(from, () => to)
      assert.notEqual(faulty, text, `${file} holds nothing like ${from}`)
      const module = await readModule(files.set(file, faulty))
      assert.notDeepEqual(INVARIANTS[broken]!(module), [])
    })
  }

  it('every invariant has been seen to fail', () => {
    const seen = new Set(PLANTED.map(({ broken }) => broken))
    assert.deepEqual([...seen].sort(), Object.keys(INVARIANTS).sort())
  })
})
