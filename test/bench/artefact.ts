import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../functions/local/dev/build.ts'
import { layOut } from '../../infra/package.ts'

let command: Promise<string[]> | undefined

/**
 * The arguments for Node.js that start a function as it is deployed. The artefact is laid out once, and removed when the
 * process ends.
 */
export function deployedCommand(): Promise<string[]> {
  command ??= makeArtefact()
  return command
}

async function makeArtefact(): Promise<string[]> {
  const artefact = mkdtempSync(join(tmpdir(), 'tick-handler-artefact-'))
  process.on('exit', () => rmSync(artefact, { recursive: true, force: true }))
  await layOut(ROOT, artefact)
  return [join(artefact, 'functions-framework/start.cjs'), `--source=${artefact}`]
}
