import { startGcsServer } from '../../../functions/emulators/gcs/server.ts'

/** A server as a process of its own, to be killed: prints its endpoint, or why it does not start. */
const [folder = '', bucket = ''] = process.argv.slice(2)
try {
  const { endpoint } = await startGcsServer({ folder, bucket })
  console.log(endpoint)
} catch (error) {
  console.log((error as Error).message)
  process.exitCode = 1
}
