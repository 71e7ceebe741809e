#!/usr/bin/env node
/**
 * The `tick-handler` command. Only the runtime's version is looked at before anything else is loaded, because the rest
 * uses what older runtimes do not have.
 */

const NEEDED_MAJOR = 24
const found = process.versions.node

if (Number.parseInt(found, 10) < NEEDED_MAJOR) {
  process.stderr.write(
    `tick-handler: needs Node ${NEEDED_MAJOR} or newer, found ${found}; in a checkout, npx tick-handler uses the right one\n`,
  )
  process.exitCode = 2
} else {
  // A reader that has seen enough (`| head`) is no failure; a terminal that is gone must not stop the work.
  process.stdout.on('error', () => process.exit())
  process.stderr.on('error', () => {})
  const { main } = await import('./cli/command-line.ts')
  process.exitCode = await main(process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
  })
}
