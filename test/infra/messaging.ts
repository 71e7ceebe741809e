import {
  address,
  type Block,
  expression,
  first,
  type Json,
  type Module,
  ofType,
  type Resource,
  refersTo,
} from './terraform.ts'

/** The most that Pub/Sub keeps a message: 31 days. */
const MAX_RETENTION = '2678400s'

export function pushSubscriptions(module: Module): string[] {
  return subscriptions(module, true).flatMap(subscription => {
    const { body } = subscription
    const faults = []
    if (body.ack_deadline_seconds !== 600) faults.push(`ack deadline ${body.ack_deadline_seconds}, expected 600`)
    const { message_retention_duration: retention } = body
    if (retention !== MAX_RETENTION) faults.push(`messages are kept ${retention}, expected ${MAX_RETENTION}`)
    const policy = first(body.dead_letter_policy)
    if (!topicOf(policy.dead_letter_topic, module)) faults.push('no dead-letter policy with a topic of ours')
    if (policy.max_delivery_attempts === undefined) faults.push('no max_delivery_attempts')
    if (first(body.retry_policy).maximum_backoff === undefined) faults.push('no retry policy')
    if (first(body.expiration_policy).ttl !== '') faults.push('expires')
    const token = first(first(body.push_config).oidc_token)
    if (!ofType(module, 'google_service_account').some(account => refersTo(token.service_account_email, account)))
      faults.push('no OIDC token of an account of ours')
    if (token.audience === undefined) faults.push('no audience')
    return faults.map(fault => `${address(subscription)}: ${fault}`)
  })
}

export function pullSubscriptions(module: Module): string[] {
  const deadLetterTopics = subscriptions(module, true).map(({ body }) =>
    topicOf(first(body.dead_letter_policy).dead_letter_topic, module),
  )
  return subscriptions(module, false).flatMap(subscription => {
    const faults = []
    if (!deadLetterTopics.includes(topicOf(subscription.body.topic, module))) faults.push('is of no dead-letter topic')
    if (first(subscription.body.expiration_policy).ttl !== '') faults.push('expires')
    return faults.map(fault => `${address(subscription)}: ${fault}`)
  })
}

export function topicsHeard(module: Module): string[] {
  return ofType(module, 'google_pubsub_topic').flatMap(topic => {
    const heard = ofType(module, 'google_pubsub_subscription').some(
      ({ body }) => refersTo(body.topic, topic) && body.for_each === topic.body.for_each,
    )
    return heard ? [] : [`${address(topic)}: nobody would hear its messages`]
  })
}

export function deadLetterRights(module: Module): string[] {
  return subscriptions(module, true).flatMap(subscription => {
    const topic = topicOf(first(subscription.body.dead_letter_policy).dead_letter_topic, module)
    const publishes = ofType(module, 'google_pubsub_topic_iam_member').some(
      ({ body }) => topic && refersTo(body.topic, topic) && isAgent(body) && body.role === 'roles/pubsub.publisher',
    )
    const acknowledges = ofType(module, 'google_pubsub_subscription_iam_member').some(
      ({ body }) =>
        refersTo(body.subscription, subscription) && isAgent(body) && body.role === 'roles/pubsub.subscriber',
    )
    return [
      ...(publishes ? [] : [`${address(subscription)}: Pub/Sub may not publish its dead letters`]),
      ...(acknowledges ? [] : [`${address(subscription)}: Pub/Sub may not acknowledge its dead letters`]),
    ]
  })
}

export function pushPaths(module: Module): string[] {
  const paths = subscriptions(module, true).map(({ body }) => String(first(body.push_config).push_endpoint))
  return paths.filter(
    path =>
      !path.endsWith(
        `.service_config[0].uri}/projects/${expression('var.project_id')}/topics/${expression('each.value.topic')}`,
      ),
  )
}

function subscriptions(module: Module, pushed: boolean): Resource[] {
  return ofType(module, 'google_pubsub_subscription').filter(
    ({ body }) => (first(body.push_config).push_endpoint !== undefined) === pushed,
  )
}

function topicOf(expression: Json | undefined, module: Module): Resource | undefined {
  return ofType(module, 'google_pubsub_topic').find(topic => refersTo(expression, topic))
}

function isAgent(body: Block): boolean {
  return body.member === expression('local.pubsub_agent')
}
