import { DELIVERY, pushPath, type Subscription } from './topology.ts'

export interface PubSubAddress {
  /** `host:port` of the emulator. */
  readonly host: string
  readonly project: string
}

/**
 * Creates a function's topic, its push subscription to `endpoint`, and the topic and subscription of its dead letters.
 * What exists is kept, with its waiting messages; an existing push subscription gets the new `endpoint`.
 * @throws Error with the emulator's response if it refuses
 */
export async function connectSubscription(
  address: PubSubAddress,
  subscription: Subscription,
  endpoint: string,
): Promise<void> {
  const named = (kind: string, name: string) => `projects/${address.project}/${kind}/${name}`
  const pushConfig = { pushEndpoint: `${endpoint}${pushPath(address.project, subscription.topic)}` }
  const { maxDeliveryAttempts, ...delivery } = DELIVERY
  await create(address, `topics/${subscription.topic}`, {})
  await create(address, `topics/${subscription.deadLetterTopic}`, {})
  // First, because a topic without a subscription loses its messages.
  await create(address, `subscriptions/${subscription.deadLetterSubscription}`, {
    topic: named('topics', subscription.deadLetterTopic),
    ackDeadlineSeconds: delivery.ackDeadlineSeconds,
    expirationPolicy: {},
  })
  const created = await create(address, `subscriptions/${subscription.pushSubscription}`, {
    topic: named('topics', subscription.topic),
    ...delivery,
    expirationPolicy: {},
    deadLetterPolicy: { deadLetterTopic: named('topics', subscription.deadLetterTopic), maxDeliveryAttempts },
    pushConfig,
  })
  if (!created)
    await call(address, 'POST', `subscriptions/${subscription.pushSubscription}:modifyPushConfig`, { pushConfig })
}

/** Stops pushes to an address that is about to close. Messages wait. */
export async function disconnectSubscription(address: PubSubAddress, subscription: Subscription): Promise<void> {
  await call(address, 'POST', `subscriptions/${subscription.pushSubscription}:modifyPushConfig`, { pushConfig: {} })
}

/** Resolves with false if it exists already. */
async function create(address: PubSubAddress, name: string, body: object): Promise<boolean> {
  return (await call(address, 'PUT', name, body, [409])) !== 409
}

async function call(
  { host, project }: PubSubAddress,
  method: string,
  path: string,
  body: object,
  accepted: readonly number[] = [],
): Promise<number> {
  const response = await fetch(`http://${host}/v1/projects/${project}/${path}`, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  const text = await response.text()
  if (!response.ok && !accepted.includes(response.status)) {
    throw new Error(
      `Pub/Sub emulator at ${host}: ${method} ${path}: answered ${response.status}: ${text.slice(0, 300)}`,
    )
  }
  return response.status
}
