import type { Planted } from './planted.ts'

const COPIES = 'what is replaced can be copied for the tables first'

const gone = (what: string, kind: string, name: string): Planted => ({
  what,
  file: 'identities.tf',
  from: new RegExp(`resource "${kind}" "${name}" \\{[\\s\\S]*?\\n\\}`),
  to: '',
  broken: COPIES,
})

/** Faults in the rights that copies take. */
export const PLANTED_COPIES: readonly Planted[] = [
  gone('no right of fetch to ask for copies', 'google_pubsub_topic_iam_member', 'fetch_asks_for_copies'),
  gone('no right of aggregate to publish batches', 'google_pubsub_topic_iam_member', 'aggregate_publishes_batches'),
  gone('no right of aggregate to read the data', 'google_storage_bucket_iam_member', 'aggregate_copies_data'),
  {
    what: 'a right of aggregate to read the ledger in place of the data',
    file: 'identities.tf',
    from: /(?<="aggregate_copies_data" \{[\s\S]*?objects\/\$\{)var\.bucket_prefix/,
    to: 'local.ledger_prefix',
    broken: COPIES,
  },
]
