import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { ConfigError, readConfig } from '../../../functions/runtime/config/config.ts'
import { readProxies } from '../../../functions/runtime/config/proxies.ts'

function read(env: Record<string, string>) {
  const faults: string[] = []
  const { http, https, except } = readProxies(env, faults)
  return { http: http?.reveal(), https: https?.reveal(), except, faults }
}

describe('runtime/config/proxies', () => {
  it('reads the variables in upper and lower case, lower case first', () => {
    const { faults, ...found } = read({
      HTTP_PROXY: 'http://a:1',
      HTTPS_PROXY: 'http://b:2',
      https_proxy: 'https://user:pass@c:3',
      no_proxy: 'internal.test, 10.0.0.1:80',
    })
    assert.deepEqual(found, {
      http: 'http://a:1/',
      https: 'https://user:pass@c:3/',
      except: 'internal.test, 10.0.0.1:80',
    })
    assert.deepEqual(faults, [])
  })

  it('takes a host and port without a scheme for an http proxy', () => {
    assert.equal(read({ HTTP_PROXY: 'proxy.test:3128' }).http, 'http://proxy.test:3128/')
  })

  it('reads an empty variable as none', () => {
    assert.deepEqual(readConfig({ HTTP_PROXY: ' ', https_proxy: '' }).proxies, {})
  })

  it('refuses what is no proxy with one line, which does not repeat it', () => {
    for (const bad of ['socks5://secret:1', 'http://secret/path', 'http://', 'ftp://secret:1'])
      assert.throws(
        () => readConfig({ HTTPS_PROXY: bad }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError)
          assert.match(error.message, /^HTTPS_PROXY: found \d+ characters \(not shown\), expected a proxy like http:/)
          assert.doesNotMatch(error.message, /secret/)
          return true
        },
      )
  })

  it('shows a password nowhere, and warns of no misspelt variable', () => {
    const config = readConfig({ https_proxy: 'http://user:p4ss@c:3', HTTP_PROXY: 'http://a:1', NO_PROXY: 'x' })
    assert.doesNotMatch(JSON.stringify(config) + inspect(config, { depth: 9, showHidden: true }), /p4ss/)
    assert.deepEqual(config.warnings, [])
  })
})
