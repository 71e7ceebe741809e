/** What a push subscription is set up with here: as deployed, but in a hurry. */
const DELIVERY = {
  ackDeadlineSeconds: 60,
  retryPolicy: { minimumBackoff: '0.1s', maximumBackoff: '0.1s' },
}
/** Pub/Sub takes no fewer. */
export const MAX_ATTEMPTS = 5

/** The emulator's REST API, https://cloud.google.com/pubsub/docs/reference/rest */
export class PubSubAdmin {
  readonly #base: string
  readonly #project: string

  constructor(host: string, project: string) {
    this.#base = `http://${host}/v1/projects/${project}`
    this.#project = project
  }

  /** A topic pushed to a function, whose dead letters wait in `{topic}-dead`. */
  async wire(topic: string, pushEndpoint: string): Promise<void> {
    const deadLetterTopic = `projects/${this.#project}/topics/${topic}-dead`
    await this.#call('PUT', `topics/${topic}`, {})
    await this.#call('PUT', `topics/${topic}-dead`, {})
    await this.#call('PUT', `subscriptions/${topic}-dead`, { topic: deadLetterTopic, ackDeadlineSeconds: 60 })
    await this.#call('PUT', `subscriptions/${topic}-push`, {
      topic: `projects/${this.#project}/topics/${topic}`,
      ...DELIVERY,
      deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: MAX_ATTEMPTS },
      pushConfig: { pushEndpoint: `${pushEndpoint}/projects/${this.#project}/topics/${topic}` },
    })
  }

  async publish(topic: string, message: object): Promise<void> {
    const data = Buffer.from(JSON.stringify(message)).toString('base64')
    await this.#call('POST', `topics/${topic}:publish`, { messages: [{ data }] })
  }

  /** The next dead letter of a topic; waits for it as the emulator does. */
  async deadLetter(topic: string): Promise<unknown> {
    for (;;) {
      const { receivedMessages = [] } = (await this.#call('POST', `subscriptions/${topic}-dead:pull`, {
        maxMessages: 1,
      })) as {
        receivedMessages?: { message: { data: string } }[]
      }
      const [received] = receivedMessages
      if (received) return JSON.parse(Buffer.from(received.message.data, 'base64').toString())
    }
  }

  async #call(method: string, path: string, body: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${this.#base}/${path}`, { method, headers, body: JSON.stringify(body) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: answered ${response.status}: ${text}`)
    return JSON.parse(text || '{}')
  }
}
