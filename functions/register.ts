import { parseArgs } from 'node:util'
import { cloudEvent } from '@google-cloud/functions-framework'
import { createEntryPoint } from './entry.ts'
import { MAX_MESSAGE_BYTES } from './pubsub/parse-message.ts'
import { ConfigError } from './runtime/config/config.ts'
import { freeLargeRequests } from './runtime/memory/large-requests.ts'
import { createTermination } from './runtime/termination.ts'
import { runWithoutDomains } from './runtime/without-domains.ts'
import { createInstance, FUNCTIONS } from './wiring.ts'

/**
 * Registers the deployed entry points. Resolves when the function that this instance is for is ready for its first
 * request; a bad environment ends the start with a line per fault on stderr and exit code 2, so that a deployment fails
 * by itself.
 */
export async function register(): Promise<void> {
  const { values } = parseArgs({ options: { target: { type: 'string' } }, strict: false })
  const target = values.target ?? process.env.FUNCTION_TARGET
  const termination = createTermination()
  freeLargeRequests(MAX_MESSAGE_BYTES)
  runWithoutDomains()

  for (const name of FUNCTIONS) {
    const entryPoint = createEntryPoint(name, () => createInstance(name, process.env), termination)
    cloudEvent(name, entryPoint.cloudEvent)
    if (name === target) await entryPoint.start().catch(stop)
  }
}

function stop(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(error.faults.map(fault => `${fault}\n`).join(''))
  process.exit(2)
}
