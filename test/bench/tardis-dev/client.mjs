/**
 * Downloads datasets with the vendor's own Node client, https://github.com/tardis-dev/tardis-node, and prints the seconds.
 *
 *   node client.mjs MODULES ENDPOINT OPTIONS       the folder with the package, the datasets' address, downloadDatasets' JSON
 */
import { createRequire } from 'node:module'

const [modules, datasetsEndpoint, options] = process.argv.slice(2)
const require = createRequire(`${modules}/`)
// `downloadDatasets` keeps the options that there are when it is loaded, so they are set before.
require('tardis-dev/dist/options.js').init({ datasetsEndpoint })
const { downloadDatasets } = require('tardis-dev')

const startMs = performance.now()
await downloadDatasets(JSON.parse(options))
console.log((performance.now() - startMs) / 1000)
