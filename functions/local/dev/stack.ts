import { startGcsServer } from '../../emulators/gcs/server.ts'
import { startTardisServer } from '../../emulators/tardis/server.ts'
import type { TardisSource } from '../../emulators/tardis/source.ts'
import { type Config, VARIABLES } from '../../runtime/config/config.ts'
import { PROXY_VARIABLES } from '../../runtime/config/proxies.ts'
import type { FunctionName } from '../../wiring.ts'
import { type Emulator, findEmulator, startEmulator } from './emulator.ts'
import { freePort } from './free-port.ts'
import { type RunningFunction, runFunction } from './function.ts'
import { connectSubscription, disconnectSubscription, type PubSubAddress } from './pubsub-admin.ts'
import { type PushProxy, startPushProxy } from './push-proxy.ts'
import { type Subscription, subscriptionsOf } from './topology.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface StackOptions {
  readonly config: Pick<Config, 'scheduleTopic' | 'venueDaysTopic' | 'completionsTopic' | 'tablesTopic'>
  /** Where programs are found, PUBSUB_EMULATOR_HOST, and the functions' variables. */
  readonly env: Env
  /** The folder that is the bucket. */
  readonly folder: string
  /** Undefined: the vendor that the environment names, the real one by default. */
  readonly source?: TardisSource
  /** The latency of the bucket, and of the vendor if it is served here. */
  readonly latencyMs?: number | undefined
  readonly project: string
  /** Where an emulator of our own listens, if that is free. */
  readonly port?: number
  /** The compiled entry point. */
  readonly entryPoint: string
  /** Called for each line that a function writes. */
  readonly onLine: (part: string, line: string) => void
  /** Called for events of a part that it does not report itself. */
  readonly onEvent: (part: string, text: string) => void
}

/** Everything that is deployed, on this machine. */
export interface Stack {
  readonly pubsub: PubSubAddress
  readonly bucket: { readonly name: string; readonly endpoint: string }
  readonly subscriptions: readonly Subscription[]
  /** The process that serves a function now; undefined while there is none. */
  pid(name: FunctionName): number | undefined
  /** Resolves if an emulator that we started ends: nothing works without it. */
  readonly emulatorEnded: Promise<void>
  /** Stops all of it, functions first. Resolves when no process is left. Safe to call twice. */
  stop(): Promise<void>
}

const BUCKET = 'local'

/**
 * Starts bucket, vendor, Pub/Sub and the three functions, and wires them as infra does. Resolves when a message may be
 * published. Where a part does not start, what has started is stopped.
 * @throws NoEmulator, or Error naming the part
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { folder, source, latencyMs, project, config, onEvent } = options
  await using parts = new AsyncDisposableStack()
  const bucket = parts.adopt(await startGcsServer({ folder, bucket: BUCKET, latencyMs }), server => server.close())
  const vendor =
    source &&
    parts.adopt(await startTardisServer({ source, latencyMs, servesInstruments: true }), server => server.close())
  const { host, start: startPubSub } = await pubsubOf(options)
  const address = { host, project }
  const env = functionEnv(options, address, {
    GCS_BUCKET: BUCKET,
    GCS_API_ENDPOINT: bucket.endpoint,
    ...(vendor && { TARDIS_API_URL: vendor.apiUrl, TARDIS_DATASETS_URL: vendor.datasetsUrl }),
  })
  const subscriptions = subscriptionsOf(config)
  const functions = new Map<FunctionName, RunningFunction>()
  let emulator: Emulator | undefined
  // All at once, because each takes seconds. If one fails, those that have started are stopped.
  const outcomes = await Promise.allSettled([
    startPubSub().then(started => {
      emulator = started
    }),
    ...subscriptions.filter(isFirstOfFunction).map(async subscription => {
      functions.set(subscription.name, await runFunction({ subscription, env, ...heard(subscription.name, options) }))
    }),
  ])
  parts.defer(async () => void (await emulator?.stop()))
  const pushProxies: PushProxy[] = []
  parts.defer(async () => {
    await Promise.all([...functions.values()].map(running => running.stop()))
    await Promise.all(pushProxies.map(pushProxy => pushProxy.close()))
  })
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason

  const session = Date.now().toString(36)
  for (const subscription of subscriptions) {
    const pushProxy = await startPushProxy({ instance: () => functions.get(subscription.name)!.port(), session })
    pushProxies.push(pushProxy)
    await connectSubscription(address, subscription, pushProxy.url)
    // An emulator that ran before us goes on afterwards, and must not push to a closed address.
    if (!emulator)
      parts.defer(() => disconnectSubscription(address, subscription).catch(error => onEvent('pubsub', error.message)))
  }
  const all = parts.move()
  let stopping: Promise<void> | undefined
  return {
    pubsub: address,
    bucket: { name: BUCKET, endpoint: bucket.endpoint },
    subscriptions,
    pid: name => functions.get(name)?.pid,
    emulatorEnded: emulator ? emulator.ended.then(() => {}) : new Promise(() => {}),
    stop: () => (stopping ??= all.disposeAsync()),
  }
}

/** A function may be fed by several topics. */
function isFirstOfFunction({ name }: Subscription, at: number, all: readonly Subscription[]): boolean {
  return all.findIndex(other => other.name === name) === at
}

/** The address of Pub/Sub, and a function that starts it; without one where an emulator runs already. */
async function pubsubOf({ env, port }: StackOptions) {
  const host = env.PUBSUB_EMULATOR_HOST
  if (host) return { host, start: async () => undefined }
  const program = await findEmulator(env)
  const free = await freePort(port)
  return { host: `127.0.0.1:${free}`, start: () => startEmulator(program, free, env) }
}

/**
 * The variables that infra sets, as far as they are set here, and the addresses of the emulators. Nothing else is
 * passed on.
 */
function functionEnv({ env }: StackOptions, { host, project }: PubSubAddress, emulated: Env): Env {
  const names = [...VARIABLES, ...PROXY_VARIABLES, ...PROXY_VARIABLES.map(name => name.toLowerCase())]
  const ours = Object.fromEntries(names.map(name => [name, env[name]]))
  return {
    PATH: env.PATH,
    ...ours,
    ...emulated,
    PUBSUB_EMULATOR_HOST: host,
    GOOGLE_CLOUD_PROJECT: project,
    // Otherwise the client libraries look for Google Cloud's metadata server for seconds.
    METADATA_SERVER_DETECTION: 'none',
  }
}

function heard(part: string, { entryPoint, onLine, onEvent }: StackOptions) {
  return {
    source: entryPoint,
    onLine: (line: string) => onLine(part, line),
    onEvent: (text: string) => onEvent(part, text),
  }
}
