import { resolve } from 'node:path'
import { shellWord } from '../terminal/shell-word.ts'
import { type Looks, paint } from '../terminal/style.ts'
import type { Stack } from './stack.ts'

export interface Announced {
  readonly stack: Pick<Stack, 'pubsub' | 'bucket' | 'subscriptions'>
  /** The bucket's folder as the person named it. */
  readonly folder: string
  readonly vendor: string
  readonly venues: readonly string[]
  readonly seconds: number
}

/** What `dev --json` prints once everything runs. */
export function readyDocument({ stack, folder, vendor, venues, seconds }: Announced): object {
  const functions = stack.subscriptions.map(({ name, topic, memoryMb }) => ({ name, topic, memoryMb }))
  return { folder: resolve(folder), vendor, venues, seconds, bucket: stack.bucket, pubsub: stack.pubsub, functions }
}

/** What `dev` prints once everything runs: the addresses and the next steps. Pure. */
export function renderReady({ stack, folder, vendor, venues, seconds }: Announced, looks: Looks): string {
  const { pubsub, bucket, subscriptions } = stack
  const { topic } = subscriptions.find(({ name }) => name === 'schedule')!
  const request = JSON.stringify({ venues: venues.slice(0, 1), startDate: '2024-08-01', endDate: '2024-08-01' })
  const title = (text: string) => paint(text, 'bold', looks)
  const base = `http://${pubsub.host}/v1/projects/${pubsub.project}`
  return [
    '',
    title(`The deployed functions run on this machine (started in ${seconds.toFixed(1)} s)`),
    `  bucket     ${folder}, served at ${bucket.endpoint} as ${bucket.name}`,
    `  Pub/Sub    emulator at ${pubsub.host}, project ${pubsub.project}`,
    `  Tardis     ${vendor}`,
    `  functions  ${subscriptions.map(({ name, memoryMb }) => `${name} (${memoryMb} MiB)`).join(', ')}`,
    '',
    title('Publish the request of the scheduler: the last days of all venues'),
    `  curl -X POST ${base}/topics/${topic}:publish -H 'content-type: application/json' -d '{"messages":[{"data":"e30="}]}'`,
    title('Publish a request'),
    `  PUBSUB_EMULATOR_HOST=${pubsub.host} npx --no tick-handler backfill --project ${pubsub.project} --venues ${venues[0] ?? 'V'} --start-date 2024-08-01 --end-date 2024-08-01`,
    `  CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=http://${pubsub.host}/ CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true \\`,
    `    gcloud pubsub topics publish ${topic} --project=${pubsub.project} --message='${request}'`,
    title('Print what is complete, and the dead letters'),
    `  npx --no tick-handler status ${shellWord(resolve(folder))}`,
    ...subscriptions.map(
      ({ deadLetterSubscription }) =>
        `  curl -X POST ${base}/subscriptions/${deadLetterSubscription}:pull -H 'content-type: application/json' -d '{"maxMessages":10}'`,
    ),
    '',
    'Ctrl-C stops everything.',
    '',
    '',
  ].join('\n')
}
