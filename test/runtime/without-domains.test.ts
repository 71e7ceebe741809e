import assert from 'node:assert/strict'
import domain from 'node:domain'
import type { AddressInfo } from 'node:net'
import { cloudEvent } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { stub } from 'sinon'
import { runWithoutDomains } from '../../functions/runtime/without-domains.ts'

/** Has the framework handle one event. Returns the response's status, and whether promises of the handler carried a domain. */
async function handleOne(name: string, fault?: Error): Promise<{ status: number; hasDomain: boolean }> {
  let hasDomain = false
  cloudEvent(name, async () => {
    await undefined
    hasDomain = Object.hasOwn(Promise.resolve(), 'domain')
    if (fault) throw fault
  })
  const server = getTestServer(name)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const headers = {
      'content-type': 'application/json',
      'ce-id': '1',
      'ce-source': 's',
      'ce-specversion': '1.0',
      'ce-type': 't',
    }
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: '{}' })
    await response.text()
    return { status: response.status, hasDomain }
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

describe('runWithoutDomains', () => {
  const { create } = domain
  afterEach(() => void Object.assign(domain, { create }))

  it('has the framework handle an event without a domain, and answer as it ended', async () => {
    runWithoutDomains()
    assert.deepEqual(await handleOne('succeeds'), { status: 204, hasDomain: false })
    // The framework writes the error to the console.
    const said = stub(console, 'error')
    const failed = await handleOne('fails', new Error('planted')).finally(() => said.restore())
    assert.deepEqual(failed, { status: 500, hasDomain: false })
  })
})
