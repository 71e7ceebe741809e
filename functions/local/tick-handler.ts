/** The `tick-handler` command, which launcher.js starts on a Node that is new enough. */
import { main } from './cli/command-line.ts'

// A reader that has seen enough (`| head`) is no failure; a terminal that is gone must not stop the work.
process.stdout.on('error', () => process.exit())
process.stderr.on('error', () => {})
process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
})
