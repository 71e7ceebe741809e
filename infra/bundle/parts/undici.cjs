/** What the functions use of undici. The package itself also loads its fetch, caches, mocks and interceptors. */
const { InvalidArgumentError } = require('undici/lib/core/errors.js')
const { parseURL } = require('undici/lib/core/util.js')
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js')

Dispatcher.prototype.request = require('undici/lib/api/api-request.js')

exports.Agent = require('undici/lib/dispatcher/agent.js')
exports.Pool = require('undici/lib/dispatcher/pool.js')
exports.EnvHttpProxyAgent = require('undici/lib/dispatcher/env-http-proxy-agent.js')

/** As undici's own, except that the dispatcher must be given. */
exports.request = (address, { dispatcher, ...options }) => {
  if (!dispatcher) throw new InvalidArgumentError('request: found no dispatcher, expected one')
  const { origin, pathname, search } = parseURL(address)
  const method = options.method ?? (options.body ? 'PUT' : 'GET')
  return dispatcher.request({ ...options, origin, path: `${pathname}${search}`, method })
}
