import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { BUCKET } from './with-server.ts'

export interface ServerProcess {
  readonly child: ChildProcess
  /** The endpoint, or why there is none. */
  readonly line: string
  kill(): Promise<void>
}

/** Starts `child.ts` on a folder; `limitBytes` bounds the files that it can write. */
export async function spawnServer(folder: string, limitBytes?: number): Promise<ServerProcess> {
  const script = new URL('./child.ts', import.meta.url).pathname
  // In blocks of 512 bytes: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ulimit.html
  const limit = limitBytes === undefined ? '' : `ulimit -f ${limitBytes / 512}; `
  const args = ['-c', `${limit}exec "$0" "$@"`, process.execPath, script, folder, BUCKET]
  const child = spawn('/bin/sh', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const [line] = await once(createInterface(child.stdout), 'line')
  return {
    child,
    line,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
