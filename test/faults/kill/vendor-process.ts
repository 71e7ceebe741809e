import { sampleSource } from '../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../../functions/emulators/tardis/server.ts'

/** The vendor in a process of its own, so that it lives on while the downloader is killed. Prints its addresses as JSON. */
const [date = '', rows = ''] = process.argv.slice(2)
const { apiUrl, datasetsUrl } = await startTardisServer({
  source: sampleSource({ dates: [date], rowsPerFile: Number(rows) }),
})
console.log(JSON.stringify({ apiUrl, datasetsUrl }))
