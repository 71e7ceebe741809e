import type { CloudEventFunction } from '@google-cloud/functions-framework'
import type { Rejected } from './ledger/rejected.ts'
import { readPush } from './pubsub/push.ts'
import type { Log, LogFields } from './runtime/log/log.ts'
import { createRedactor } from './runtime/log/plain.ts'
import { traceFields } from './runtime/log/trace.ts'
import type { Termination } from './runtime/termination.ts'

/** What came with one request. */
export interface Received {
  readonly delivery: { readonly id: string; readonly data: Uint8Array }
  /** Its entries belong to the request's trace and name the message. */
  readonly log: Log
  /** Aborted when the instance is being stopped. */
  readonly signal: AbortSignal
}

/** The outcome of a handler; see the handlers. */
export type Outcome = Rejected | { readonly outcome: string }

/** A function that is ready to work, created once in an instance. */
export interface Instance {
  readonly log: Log
  /** For the trace's name. Where it is not known, the message's project is used. */
  readonly projectId?: string | undefined
  readonly secrets: readonly string[]
  /** Resolving acknowledges the message. After a rejection it is delivered again. */
  handle(received: Received): Promise<Outcome>
  /** Keeps and logs a message whose outcome is `rejected`. */
  recordRejected(delivery: Received['delivery'], outcome: Outcome, log: Log): Promise<void>
  close(): Promise<void>
}

export interface EntryPoint {
  readonly cloudEvent: CloudEventFunction<unknown>
  /** Creates the instance if there is none yet, so that the first request does not wait for it. */
  start(): Promise<void>
}

/**
 * A deployed function: what functions-framework calls. It creates its instance at the first request (again if that
 * failed), takes the message out of the event and passes it on. A message that cannot be understood, or a request
 * without one, is kept, logged as an error and acknowledged: delivering it again would change nothing.
 */
export function createEntryPoint(name: string, create: () => Promise<Instance>, termination: Termination): EntryPoint {
  let made: Promise<Instance> | undefined
  const instance = () => {
    made ??= create().then(
      ready => {
        termination.onEnd(() => ready.close())
        return ready
      },
      error => {
        made = undefined
        throw error
      },
    )
    return made
  }
  const receive = async (event: unknown) => {
    const ready = await instance()
    const pushed = readPush(event)
    const message = pushed.ok ? pushed.message : pushed
    const log = ready.log.child(fieldsOf(name, event, ready, message))
    try {
      const outcome: Outcome = pushed.ok
        ? await ready.handle({ delivery: message, log, signal: termination.signal })
        : { outcome: 'rejected', reason: pushed.reason }
      await ready.recordRejected(message, outcome, log)
    } catch (error) {
      throw failure(error, log, ready, termination.signal)
    }
  }
  return {
    cloudEvent: event => termination.run(() => receive(event)),
    start: async () => {
      await instance()
    },
  }
}

function fieldsOf(
  name: string,
  event: unknown,
  { projectId }: Instance,
  message: { id: string; deliveryAttempt?: number; projectId?: string },
): LogFields {
  const { traceparent } = (event ?? {}) as { traceparent?: unknown }
  const { id: messageId, deliveryAttempt } = message
  return {
    messageId,
    ...(deliveryAttempt !== undefined && { deliveryAttempt }),
    ...traceFields(typeof traceparent === 'string' ? traceparent : undefined, projectId ?? message.projectId),
    labels: { function: name },
  }
}

/**
 * The error for the framework, which writes an error's stack to stderr and its message into the response: both are one
 * line without secrets. The log has the rest.
 */
function failure(error: unknown, log: Log, { secrets }: Instance, signal: AbortSignal): Error {
  if (signal.aborted) log.warn('stopped; the message comes again', { error })
  else log.error('failed; the message comes again', { event: 'delivery_failed', error })
  const redact = createRedactor(secrets)
  const shown = new Error(redact(error instanceof Error ? error.message : String(error)).split('\n', 1)[0])
  shown.stack = `failed; the message comes again: ${shown.message}`
  return shown
}
