/**
 * Starts each function of a laid-out artefact once, lets one of them reject a message, publishes in vain, and writes the
 * code caches: what a start and a first message run is compiled in them.
 *
 *     node … warm.cjs DIST
 */
const { once } = require('node:events')
const { writeFileSync } = require('node:fs')
const http = require('node:http')
const { join } = require('node:path')

const dist = process.argv[2]
const { load, register, scripts, serve } = require(join(dist, 'load.cjs'))

async function warm() {
  for (const target of ['schedule', 'aggregate', 'fetch']) {
    process.env.FUNCTION_TARGET = target
    await register()
  }
  await push(await served())
  await publishToNobody(load('pubsub'))
  for (const [name, script] of scripts) writeFileSync(join(dist, `${name}.cache`), script.createCachedData())
  process.exit()
}

/** The port on which the framework serves. It does not tell the one that the system chose. */
async function served() {
  const { createServer } = http
  const created = new Promise(resolve => {
    http.createServer = (...args) => {
      const server = createServer(...args)
      resolve(server)
      return server
    }
  })
  serve()
  const server = await created
  if (!server.listening) await once(server, 'listening')
  return server.address().port
}

/** A message that the function cannot understand: it is kept in the bucket. */
async function push(port) {
  const body = JSON.stringify({
    message: { messageId: '1', data: btoa('{}') },
    subscription: 'projects/p/subscriptions/s',
  })
  const url = `http://127.0.0.1:${port}/projects/p/topics/t`
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (response.status !== 204) throw new Error(`${url}: found status ${response.status}, expected 204`)
}

/** Nothing listens on port 1, so that the library does all but send. */
async function publishToNobody({ PubSub }) {
  const pubsub = new PubSub({ projectId: 'nobody', apiEndpoint: '127.0.0.1:1', emulatorMode: true })
  const topic = pubsub.topic('nobody', { gaxOpts: { timeout: 5_000, retry: null } })
  await topic.publishMessage({ data: Buffer.from('{}') }).catch(() => {})
}

warm()
