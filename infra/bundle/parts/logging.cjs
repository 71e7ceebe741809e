/**
 * What @google-cloud/logging-winston takes from @google-cloud/logging when it writes to stdout: the format of an entry. The
 * package itself also makes three API clients, with gRPC and its descriptions, which nothing calls.
 */
const { Entry } = require('@google-cloud/logging/build/src/entry.js')
const { LogSync } = require('@google-cloud/logging/build/src/log-sync.js')

exports.Logging = class Logging {
  constructor({ projectId = '{{projectId}}' }) {
    this.projectId = projectId
  }

  entry(metadata, data) {
    return new Entry(metadata, data)
  }

  logSync(name, transport, options) {
    return new LogSync(this, name, transport, options)
  }
}
