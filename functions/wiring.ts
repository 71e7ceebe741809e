import type { Instance, Outcome, Received } from './entry.ts'
import { recordRejected } from './ledger/rejected.ts'
import { type Config, type Environment, readConfig } from './runtime/config/config.ts'
import { systemClock } from './runtime/deadline.ts'
import { createLogger, isGoogleCloud, type Logger } from './runtime/log/logger.ts'
import type { Services } from './services.ts'
import { createGcsBucket } from './storage/gcs.ts'
import { gcsOptions } from './storage/gcs-config.ts'

export const FUNCTIONS = ['schedule', 'fetch', 'aggregate'] as const
export type FunctionName = (typeof FUNCTIONS)[number]

type Common = Pick<Services, 'bucket' | 'config' | 'clock' | 'random' | 'log' | 'signal'>

/** The part of an instance that differs between the functions. */
interface Part {
  handle(delivery: Received['delivery'], common: Common): Promise<Outcome>
  close(): Promise<void>
}

/**
 * Makes an instance of one function as it is deployed, from the environment. It loads only what that function uses, and
 * connects to nothing yet.
 * @throws ConfigError for a bad environment
 */
export async function createInstance(name: FunctionName, env: Environment): Promise<Instance> {
  const config = readConfig(env, ['GCS_BUCKET'])
  const secrets = config.tardisApiKey ? [config.tardisApiKey.reveal()] : []
  const google = isGoogleCloud(env)
  const log = await createLogger({ level: config.logLevel, json: true, google, projectId: projectOf(env), secrets })
  for (const warning of config.warnings) log.warn(warning)
  const { handle, close } = await PARTS[name](config, env, log)
  const bucket = createGcsBucket(gcsOptions(config.gcsBucket ?? '', config, systemClock.now))
  const common = { bucket, config, clock: systemClock, random: Math.random }
  return {
    log,
    projectId: projectOf(env),
    secrets,
    handle: ({ delivery, log, signal }) => handle(delivery, { ...common, log, signal }),
    recordRejected: (delivery, outcome, log) => recordRejected(name, delivery, outcome, { bucket, config, log }),
    async close() {
      await close()
      await bucket.close()
      await log.close()
    },
  }
}

const PARTS: Record<FunctionName, (config: Config, env: Environment, log: Logger) => Promise<Part>> = {
  schedule: async (_config, env) => {
    const [{ handleSchedule }, publisher] = await Promise.all([import('./schedule/handler.ts'), createPublisher(env)])
    return {
      handle: (delivery, common) => handleSchedule(delivery, { ...common, publisher, keepsRequests: true }),
      close: () => publisher.close(),
    }
  },

  fetch: async (config, env, log) => {
    const [
      { handleVenueDay },
      { OpenRequests },
      { VendorGuard },
      { createVendor },
      { rememberExchanges },
      { checkAccess },
      { convert },
      { forgetIdleKernels },
      { budgetOf, watchBudget },
      publisher,
    ] = await Promise.all([
      import('./fetch/handler.ts'),
      import('./ledger/open-requests.ts'),
      import('./ledger/vendor-guard.ts'),
      import('./tardis/vendor.ts'),
      import('./tardis/exchange-memory.ts'),
      import('./tardis/check-access.ts'),
      import('./ticks/convert.ts'),
      import('./ticks/kernel.ts'),
      import('./fetch/process-memory.ts'),
      createPublisher(env),
    ])
    const { tardisApiUrl: apiUrl, tardisDatasetsUrl: datasetsUrl, tardisApiKey: apiKey, proxies } = config
    const { tardisMaxRequestsPerSecond: maxRequestsPerSecond, downloadMaxConnections: connections } = config
    const vendor = rememberExchanges(
      checkAccess(createVendor({ apiUrl, datasetsUrl, apiKey, log, proxies, maxRequestsPerSecond, connections }), log),
    )
    const budget = budgetOf(config, 1, forgetIdleKernels)
    const { gate, buffers } = budget
    const { watch, observe } = watchBudget(budget, config, log)
    const guard = new VendorGuard({ clock: systemClock, config, stopsWhenDown: true })
    const openRequests = new OpenRequests(systemClock)
    const own = { publisher, vendor, guard, openRequests, convert, gate, buffers, watch, observe }
    return {
      handle: (delivery, common) => handleVenueDay(delivery, { ...common, ...own }),
      close: async () => {
        watch.close()
        await Promise.all([publisher.close(), vendor.close()])
      },
    }
  },

  aggregate: async (_config, env) => {
    const [{ handleCompletion }, { createManifestPace }, { isTablesRequest }] = await Promise.all([
      import('./aggregate/handler.ts'),
      import('./aggregate/pace.ts'),
      import('./pubsub/messages.ts'),
    ])
    const pace = createManifestPace(systemClock)
    const publisher = await createPublisher(env)
    return {
      async handle(delivery, common) {
        if (!isTablesRequest(delivery.data)) return handleCompletion(delivery, { ...common, pace })
        // Loaded when it is needed: most instances only fold manifests.
        const { handleTablesRequest } = await import('./iceberg/handler.ts')
        return handleTablesRequest(delivery, { ...common, publisher })
      },
      close: () => publisher.close(),
    }
  },
}

async function createPublisher(env: Environment) {
  const { createPubSubPublisher } = await import('./pubsub/publisher.ts')
  const { PUBSUB_EMULATOR_HOST: emulatorHost, GOOGLE_CLOUD_UNIVERSE_DOMAIN: universeDomain } = env
  return createPubSubPublisher({ projectId: projectOf(env), emulatorHost, universeDomain })
}

function projectOf(env: Environment): string | undefined {
  return env.GOOGLE_CLOUD_PROJECT || env.GCLOUD_PROJECT || undefined
}
