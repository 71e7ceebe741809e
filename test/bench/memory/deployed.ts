import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { startGcsServer } from '../../../functions/emulators/gcs/server.ts'
import { startTardisServer } from '../../../functions/emulators/tardis/server.ts'
import type { TardisSource } from '../../../functions/emulators/tardis/source.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { type Child, startChild } from '../../../functions/local/dev/child.ts'
import { freePort } from '../../../functions/local/dev/free-port.ts'
import { MALLOC_ENVIRONMENT, nodeOptions } from '../../../functions/local/dev/topology.ts'
import { createGcsBucket } from '../../../functions/storage/gcs.ts'
import { startPubSubServer } from '../../support/pubsub-server.ts'
import { deployedCommand } from '../artefact.ts'
import { cpuSecondsOf, memoryOf } from '../process-figures.ts'
import { type HardLimit, makeHardLimit } from './hard-limit.ts'
import { DATE, VENUE } from './market.ts'

const MIB = 1048576

export interface DeployedOptions {
  readonly source: TardisSource
  readonly dataType: string
  readonly limitMb: number
  /** False: the function knows the limit, and nothing enforces it. */
  readonly isHard: boolean
  /** How much later each response begins; at once by default. */
  readonly vendorLatencyMs?: number
  readonly bucketLatencyMs?: number
  readonly env?: Readonly<Record<string, string>>
  /** False: without what infra gives the C library's allocator. */
  readonly isMallocSet?: boolean
  /** Called when all is stored, with the bucket's address, before the bucket is removed. */
  readonly onStored?: (apiEndpoint: string) => Promise<void>
}

export interface DeployedRun {
  /** When the first batch began, in milliseconds since 1970. */
  readonly startedMs: number
  readonly seconds: number
  /** CPU time of the function's process alone, without that of its start and of planning. */
  readonly cpuSeconds: number
  readonly rows: number
  readonly textBytes: number
  readonly stored: number
  readonly idleBytes: number
  readonly peakRssBytes: number
  /** What the kernel charged to the container at most; undefined without one. */
  readonly peakChargedBytes: number | undefined
  /** What held it, or why nothing did. */
  readonly limit: string
  readonly kills: number
  /** The reasons why items had to wait for memory, and how often. */
  readonly waits: Readonly<Record<string, number>>
  /** Its first log lines about memory. */
  readonly budget: Readonly<Record<string, unknown>>
}

/**
 * One venue-day through the fetch function's artefact, in a process of its own with the flags that
 * infra gives it, under the limit; vendor, bucket and Pub/Sub are servers outside it. One message at a time, as deployed.
 */
export async function runDeployed(options: DeployedOptions): Promise<DeployedRun> {
  await using open = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tick-handler-bench-memory-'))
  open.defer(() => rm(folder, { recursive: true }))
  const vendor = open.adopt(
    await startTardisServer({ source: options.source, latencyMs: options.vendorLatencyMs }),
    server => server.close(),
  )
  const gcs = open.adopt(
    await startGcsServer({ folder, bucket: 'ticks', latencyMs: options.bucketLatencyMs }),
    server => server.close(),
  )
  const pubsub = open.adopt(await startPubSubServer(), server => server.close())
  const limit = options.isHard ? makeHardLimit(options.limitMb * MIB) : 'not asked for'
  if (typeof limit !== 'string') open.defer(() => limit.remove())
  const env = {
    GCS_BUCKET: 'ticks',
    GCS_API_ENDPOINT: gcs.endpoint,
    TARDIS_API_URL: vendor.apiUrl,
    TARDIS_DATASETS_URL: vendor.datasetsUrl,
    PUBSUB_EMULATOR_HOST: pubsub.host,
    MEMORY_LIMIT_MB: String(options.limitMb),
    DATA_TYPES: options.dataType,
    NODE_OPTIONS: nodeOptions({ memoryMb: options.limitMb }),
    ...(options.isMallocSet !== false && MALLOC_ENVIRONMENT),
    ...options.env,
  }
  const instance = await startFetch(env, limit)
  open.defer(async () => void (await instance.child.stop()))
  const idleBytes = memoryOf(instance.child.pid, 'VmRSS')
  await push(instance, { venue: VENUE, date: DATE })
  const startedMs = Date.now()
  const startMs = performance.now()
  const startCpuSeconds = cpuSecondsOf(instance.child.pid)
  let pushed = 0
  for (; pushed < pubsub.taken.length; pushed++) {
    const { topic, data } = pubsub.taken[pushed]!
    if (topic.endsWith('/tick-venue-days')) await push(instance, JSON.parse(data.toString()))
  }
  const seconds = (performance.now() - startMs) / 1000
  const cpuSeconds = cpuSecondsOf(instance.child.pid) - startCpuSeconds
  await options.onStored?.(gcs.endpoint)
  return {
    startedMs,
    seconds,
    cpuSeconds,
    idleBytes,
    ...(await resultsOf(gcs.endpoint)),
    peakRssBytes: memoryOf(instance.child.pid, 'VmHWM'),
    peakChargedBytes: typeof limit === 'string' ? undefined : limit.peakBytes(),
    limit: typeof limit === 'string' ? `no hard limit: ${limit}` : limit.kind,
    kills: typeof limit === 'string' ? 0 : limit.kills(),
    waits: instance.waits,
    budget: instance.budget,
  }
}

interface Instance {
  readonly child: Child
  readonly port: number
  readonly waits: Record<string, number>
  readonly budget: Record<string, unknown>
}

async function startFetch(env: Record<string, string>, limit: HardLimit | string): Promise<Instance> {
  const port = await freePort()
  const args = [...(await deployedCommand()), `--port=${port}`]
  const [command, rest] = typeof limit === 'string' ? [process.execPath, args] : limit.wrap(process.execPath, args)
  const serving = Promise.withResolvers<void>()
  const said: string[] = []
  const waits: Record<string, number> = {}
  const budget: Record<string, unknown> = {}
  const onLine = (line: string) => {
    if (line.startsWith('URL: ')) serving.resolve()
    if (said.length < 50) said.push(line)
    const fields = fieldsOf(line)
    if (fields.event === 'memory_budget') Object.assign(budget, fields)
    if (fields.event === 'memory_wait') waits[String(fields.reason)] = (waits[String(fields.reason)] ?? 0) + 1
  }
  const child = await startChild({
    command,
    args: rest,
    env: {
      PATH: process.env.PATH,
      FUNCTION_TARGET: 'fetch',
      METADATA_SERVER_DETECTION: 'none',
      GOOGLE_CLOUD_PROJECT: 'bench',
      ...env,
    },
    onLine,
  })
  const ended = child.ended.then(({ code, signal }) => {
    throw new Error(`the function ended with ${signal ?? code}:\n${said.join('\n')}`)
  })
  ended.catch(() => {})
  await Promise.race([serving.promise, ended])
  return { child, port, waits, budget }
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

/** However long it takes; an instance that is killed meanwhile breaks the connection. */
async function push({ port, child }: Instance, message: object): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const body = JSON.stringify({
    message: { messageId: String(performance.now()), data: btoa(JSON.stringify(message)) },
    subscription: 'projects/bench/subscriptions/tick-venue-days-push',
  })
  const path = '/projects/bench/topics/tick-venue-days'
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false }, answer => {
    answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
  })
  sent.on('error', reject).end(body)
  const status = await promise.catch(async cause => {
    const { code, signal } = await child.ended
    throw new Error(`the function was ended by ${signal ?? code} while it worked on ${JSON.stringify(message)}`, {
      cause,
    })
  })
  if (status !== 204) throw new Error(`the function answered ${status} to ${JSON.stringify(message)}`)
}

/** What the receipts record. */
async function resultsOf(apiEndpoint: string) {
  const bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint })
  const results = { rows: 0, textBytes: 0, stored: 0 }
  try {
    const ledger = openLedger(bucket, 'ticks')
    const plan = await ledger.readPlan({ venue: VENUE, date: DATE })
    for (const { plan: id, index } of plan?.batches ?? []) {
      const receipt = await ledger.readReceipt({ venue: VENUE, date: DATE, plan: id, index })
      for (const result of receipt?.results ?? []) {
        if (result.status !== 'stored') throw new Error(`${result.symbol}: ${JSON.stringify(result)}`)
        results.stored += 1
        results.rows += result.rows
        results.textBytes += result.textBytes
      }
    }
    return results
  } finally {
    await bucket.close()
  }
}
