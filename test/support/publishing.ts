import { createPubSubPublisher, type PubSubPublisherOptions } from '../../functions/pubsub/publisher.ts'
import { type Reaction, startPubSubServer } from './pubsub-server.ts'

/**
 * Within a `describe`: returns a function that makes a publisher and the server that it publishes to. Both are closed after
 * each test, the publisher first.
 */
export function withPublishers() {
  const cleanup: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of cleanup.splice(0).reverse()) await close()
  })
  return async (answer?: (request: number) => Reaction | Promise<Reaction>, options: PubSubPublisherOptions = {}) => {
    const server = await startPubSubServer(answer)
    const publisher = await createPubSubPublisher({ projectId: 'team-42', emulatorHost: server.host, ...options })
    cleanup.push(
      () => server.close(),
      () => publisher.close(),
    )
    return { server, publisher }
  }
}
