import assert from 'node:assert/strict'
import {
  DELIVERY,
  MALLOC_ENVIRONMENT,
  nodeOptions,
  pushPath,
  subscriptionsOf,
} from '../../functions/local/dev/topology.ts'
import { parseScheduleRequest, parseTablesRequest } from '../../functions/pubsub/messages.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { type Block, first, type Json, type Module, object, ofType, readFiles, readModule } from './terraform.ts'

/** An expression's value where it is text with variables' defaults, locals of one function, and nothing else in it. */
function resolved(value: Json | undefined, { variables }: Module, each: Block = {}): string {
  return String(value).replace(/\$\{(?:each\.value\.(\w+)|var\.(\w+))\}/g, (_, own, variable) =>
    own ? resolved(each[own], { variables } as Module) : String(variables.get(variable)?.default),
  )
}

function subscription(module: Module, name: string): Block {
  return ofType(module, 'google_pubsub_subscription').find(resource => resource.name === name)!.body
}

describe('tick-handler dev and infra', () => {
  let module: Module
  before(async () => {
    module = await readModule(readFiles())
  })

  it('agree on functions, topics, subscriptions and memory', () => {
    const deadLetterTopic = ofType(module, 'google_pubsub_topic').find(({ name }) => name === 'dead_letter')!.body.name
    const functions = object(module.locals.functions)
    const infra = Object.values(object(module.locals.topics)).map(value => {
      const each = object(value)
      const name = String(each.function)
      return {
        name,
        topic: resolved(each.topic, module),
        pushSubscription: resolved(subscription(module, 'push').name, module, each),
        deadLetterTopic: resolved(deadLetterTopic, module, each),
        deadLetterSubscription: resolved(subscription(module, 'dead_letter').name, module, each),
        memoryMb: Number(resolved(object(functions[name]).memory_mb, module)),
      }
    })
    const byTopic = (a: { topic: string }, b: { topic: string }) => (a.topic < b.topic ? -1 : 1)
    assert.deepEqual(subscriptionsOf(readConfig({})).sort(byTopic), infra.sort(byTopic))
  })

  it('agree on how messages are delivered, but for how long the emulator can keep them', () => {
    const push = subscription(module, 'push')
    const retry = first(push.retry_policy)
    assert.deepEqual(DELIVERY, {
      ackDeadlineSeconds: push.ack_deadline_seconds,
      messageRetentionDuration: '604800s',
      retryPolicy: { minimumBackoff: retry.minimum_backoff, maximumBackoff: retry.maximum_backoff },
      maxDeliveryAttempts: Number(resolved(first(push.dead_letter_policy).max_delivery_attempts, module)),
    })
    assert.equal(subscription(module, 'dead_letter').ack_deadline_seconds, DELIVERY.ackDeadlineSeconds)
  })

  it('agree on what Node and its allocator are told', () => {
    const environment = object(module.locals.environment)
    const { NODE_OPTIONS } = environment
    for (const [name, value] of Object.entries(MALLOC_ENVIRONMENT)) assert.equal(environment[name], value)
    assert.equal(nodeOptions({ memoryMb: 256 }), `${NODE_OPTIONS} --max-old-space-size=204`)
  })

  it('agree on the path that is pushed to', () => {
    const { push_endpoint: endpoint } = first(subscription(module, 'push').push_config)
    const path = String(endpoint).slice(String(endpoint).indexOf('/projects/'))
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own templates
    const names = path.replace('${var.project_id}', 'team-42').replace('${each.value.topic}', 'tick-schedule')
    assert.equal(pushPath('team-42', 'tick-schedule'), names)
  })

  it('agree on what the scheduler publishes', () => {
    const messages = ofType(module, 'google_cloud_scheduler_job').map(({ body }) => {
      const [, text] = /^\$\{base64encode\("(.*)"\)\}$/.exec(String(first(body.pubsub_target).data)) ?? []
      return JSON.parse(`"${text}"`)
    })
    assert.deepEqual(
      messages.map(data => [parseScheduleRequest(data).ok, parseTablesRequest(data).ok]),
      [
        [true, false],
        [false, true],
      ],
    )
  })
})
