/** Publishes JSON messages: to Pub/Sub when deployed, to the in-process bus locally. */
export interface Publisher {
  /**
   * Publishes one message as JSON.
   * @returns the message's id, once the topic has taken it; at least once: a failure may still have been taken
   * @throws Error naming the topic, with the cause; or the signal's reason as soon as that is aborted
   */
  publish(topic: string, message: object, options?: PublishOptions): Promise<string>
  /**
   * Publishes all messages in no particular order, pulling from the source only as fast as the topic takes them.
   * @returns how many were published; each at least once
   * @throws Error naming the topic and how many were published before the first failure
   */
  publishMany(
    topic: string,
    messages: Iterable<object> | AsyncIterable<object>,
    options?: PublishManyOptions,
  ): Promise<number>
}

export interface PublishOptions {
  readonly attributes?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface PublishManyOptions extends PublishOptions {
  /** Called with the number published so far, after each one. */
  readonly onPublished?: (published: number) => void
}
