import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Child, startChild } from './child.ts'

/** Why there is no emulator, and what to do, for people. */
export class NoEmulator extends Error {
  override readonly name = 'NoEmulator'
}

type Env = Readonly<Record<string, string | undefined>>

const EMULATOR = join('platform', 'pubsub-emulator', 'bin', 'cloud-pubsub-emulator')
const OR_ELSE = 'or set PUBSUB_EMULATOR_HOST to one that is running'
const MAX_LINES_KEPT = 20

/**
 * The program of the Pub/Sub emulator that gcloud has installed.
 * https://cloud.google.com/pubsub/docs/emulator
 * @throws NoEmulator where gcloud, the component or Java is not installed
 */
export async function findEmulator(env: Env): Promise<string> {
  const gcloud = onPath('gcloud', env)
  if (!gcloud) {
    throw new NoEmulator(
      `no Pub/Sub emulator: gcloud is not installed (https://cloud.google.com/sdk/docs/install); install it and the component pubsub-emulator, ${OR_ELSE}`,
    )
  }
  const program = besides(gcloud) ?? (await below(gcloud, env))
  if (!program) {
    throw new NoEmulator(
      `no Pub/Sub emulator: gcloud has no component pubsub-emulator; gcloud components install pubsub-emulator (or apt-get install google-cloud-cli-pubsub-emulator), ${OR_ELSE}`,
    )
  }
  if (!env.JAVA_HOME && !onPath('java', env)) {
    throw new NoEmulator(
      `no Java, which the Pub/Sub emulator runs on; install a JRE of version 11 or newer, ${OR_ELSE}`,
    )
  }
  return program
}

function onPath(name: string, env: Env): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  return folders.map(folder => join(folder, name)).find(path => existsSync(path))
}

/** Tries the folder of gcloud's own program first, because `gcloud info` takes seconds. */
function besides(gcloud: string): string | undefined {
  const program = join(dirname(dirname(realpathSync(gcloud))), EMULATOR)
  return existsSync(program) ? program : undefined
}

async function below(gcloud: string, env: Env): Promise<string | undefined> {
  const run = promisify(execFile)
  const { stdout } = await run(gcloud, ['info', '--format=value(installation.sdk_root)'], { env }).catch(cause => {
    throw new NoEmulator('no Pub/Sub emulator: gcloud info failed', { cause })
  })
  const program = join(stdout.trim(), EMULATOR)
  return existsSync(program) ? program : undefined
}

export interface Emulator extends Pick<Child, 'ended' | 'stop'> {
  /** `host:port`. */
  readonly host: string
}

/**
 * Starts the emulator and resolves when it serves. Its messages are in memory only and end with it.
 * @throws NoEmulator with its output if it ends before it serves (its port is taken, Java is too old)
 */
export async function startEmulator(program: string, port: number, env: Env): Promise<Emulator> {
  const host = `127.0.0.1:${port}`
  const lines: string[] = []
  const serving = Promise.withResolvers<void>()
  const child = await startChild({
    command: program,
    args: ['--host=127.0.0.1', `--port=${port}`],
    env: { PATH: env.PATH, JAVA_HOME: env.JAVA_HOME, JAVA_OPTS: env.JAVA_OPTS || '-Xmx128m' },
    onLine: line => {
      lines.push(line)
      if (lines.length > MAX_LINES_KEPT) lines.shift()
      if (line.includes('Server started, listening')) serving.resolve()
    },
  })
  const over = child.ended.then(() => {
    throw new NoEmulator(`the Pub/Sub emulator ended as it started, on port ${port}:\n${lines.join('\n')}`)
  })
  over.catch(() => {})
  await Promise.race([serving.promise, over])
  return { host, ended: child.ended, stop: child.stop }
}
