import type { Config } from '../../runtime/config/config.ts'
import type { FunctionName } from '../../wiring.ts'

/** One topic with its subscriptions and the function that it feeds, named and set up as infra/pubsub.tf and infra/locals.tf do by default. */
export interface Subscription {
  /** The function. */
  readonly name: FunctionName
  readonly topic: string
  readonly pushSubscription: string
  readonly deadLetterTopic: string
  readonly deadLetterSubscription: string
  readonly memoryMb: number
}

const MEMORY_MB = { schedule: 256, fetch: 256, aggregate: 512 } as const

/** What infra gives the push subscriptions, as Pub/Sub's REST API has it. The emulator keeps no message for 31 days. */
export const DELIVERY = {
  ackDeadlineSeconds: 600,
  messageRetentionDuration: '604800s',
  retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' },
  maxDeliveryAttempts: 50,
} as const

/** What infra gives Node itself. */
const NODE_OPTIONS = '--max-semi-space-size=2'

/** What infra gives the C library's allocator. */
export const MALLOC_ENVIRONMENT = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' } as const

/**
 * The Node options of a function: infra's, and the heap limit that the builder of Cloud Run functions adds.
 * https://github.com/GoogleCloudPlatform/buildpacks/blob/main/cmd/nodejs/runtime/exec/heapsize.sh
 */
export function nodeOptions({ memoryMb }: Pick<Subscription, 'memoryMb'>, options = NODE_OPTIONS): string {
  return `${options} --max-old-space-size=${Math.floor(memoryMb * 0.8)}`
}

/** The topics of the three functions: aggregate has two. Pure. */
export function subscriptionsOf(
  config: Pick<Config, 'scheduleTopic' | 'venueDaysTopic' | 'completionsTopic' | 'tablesTopic'>,
): Subscription[] {
  const topics: [FunctionName, string][] = [
    ['schedule', config.scheduleTopic],
    ['fetch', config.venueDaysTopic],
    ['aggregate', config.completionsTopic],
    ['aggregate', config.tablesTopic],
  ]
  return topics.map(([name, topic]) => ({
    name,
    topic,
    pushSubscription: `${topic}-push`,
    deadLetterTopic: `${topic}-dead-letter`,
    deadLetterSubscription: `${topic}-dead-letter-pull`,
    memoryMb: MEMORY_MB[name],
  }))
}

/** The path of a function's pushes: functions-framework takes the event's source from it. */
export function pushPath(project: string, topic: string): string {
  return `/projects/${project}/topics/${topic}`
}
