import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, ENTRY_POINT, isStale } from '../../../functions/local/dev/build.ts'
import { findEmulator, NoEmulator } from '../../../functions/local/dev/emulator.ts'
import { type Stack, type StackOptions, startStack } from '../../../functions/local/dev/stack.ts'
import { readConfig } from '../../../functions/runtime/config/config.ts'

/** A log line of a function, or what happened to it, under `event`. */
export type Entry = Readonly<Record<string, unknown>> & { readonly part: string }

export interface RunningStack {
  readonly stack: Stack
  readonly folder: string
  readonly entries: readonly Entry[]
  /** Resolves with the first entry, of those to come too, that is as asked. */
  said(isIt: (entry: Entry) => boolean): Promise<Entry>
  /** Publishes as curl does. */
  publish(topic: string, text: string): Promise<void>
  close(): Promise<void>
}

/** Why there is no emulator to test on; undefined where there is one. */
export async function whyNoEmulator(): Promise<string | undefined> {
  if (process.env.PUBSUB_EMULATOR_HOST) return undefined
  try {
    await findEmulator(process.env)
    return undefined
  } catch (error) {
    if (!(error instanceof NoEmulator)) throw error
    return error.message
  }
}

/** Builds the functions where they are not, and starts the stack on a folder of its own. */
export async function startOnFolder(
  env: Readonly<Record<string, string>>,
  options: Partial<StackOptions>,
): Promise<RunningStack> {
  if (isStale()) await build()
  const folder = await mkdtemp(join(tmpdir(), 'tick-handler-dev-'))
  const entries: Entry[] = []
  let more = Promise.withResolvers<void>()
  const heard = (entry: Entry) => {
    entries.push(entry)
    more.resolve()
    more = Promise.withResolvers()
  }
  const { PATH, JAVA_HOME, PUBSUB_EMULATOR_HOST } = process.env
  const stack = await startStack({
    config: readConfig({}),
    env: { PATH, JAVA_HOME, PUBSUB_EMULATOR_HOST, ...env },
    folder,
    project: 'tick-test',
    entryPoint: ENTRY_POINT,
    onLine: (part, line) => heard({ ...(line.startsWith('{') ? JSON.parse(line) : { line }), part }),
    onEvent: (part, event) => heard({ part, event }),
    ...options,
  })
  return {
    stack,
    folder,
    entries,
    async said(isIt) {
      for (let from = 0; ; ) {
        const found = entries.slice(from).find(isIt)
        if (found) return found
        from = entries.length
        await more.promise
      }
    },
    async publish(topic, text) {
      const { host, project } = stack.pubsub
      const response = await fetch(`http://${host}/v1/projects/${project}/topics/${topic}:publish`, {
        method: 'POST',
        body: JSON.stringify({ messages: [{ data: btoa(text) }] }),
        headers: { 'content-type': 'application/json' },
      })
      if (!response.ok) throw new Error(await response.text())
    },
    async close() {
      await stack.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
