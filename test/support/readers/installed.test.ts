import assert from 'node:assert/strict'
import sinon from 'sinon'
import { installedReader } from './installed.ts'

class Skipped extends Error {}
const test = {
  skip(): never {
    throw new Skipped()
  },
}

describe('a reader with a binary', () => {
  afterEach(() => sinon.restore())

  it('is loaded where it is installed', () => {
    assert.equal(typeof installedReader<typeof import('hyparquet')>(test, 'hyparquet').parquetRead, 'function')
  })

  it('skips its tests with one message where it is not installed', () => {
    const write = sinon.stub(process.stderr, 'write')
    for (const platform of ['darwin-arm64', 'linux-x64'])
      assert.throws(() => installedReader(test, 'no-such-reader', { isCi: false, platform }), Skipped)
    sinon.assert.calledOnceWithMatch(write, 'no-such-reader cannot be loaded on darwin-arm64')
  })

  it('fails its tests in CI on linux-x64, and skips them in CI elsewhere', () => {
    sinon.stub(process.stderr, 'write')
    assert.throws(
      () => installedReader(test, 'no-such-reader-either', { isCi: true, platform: 'linux-x64' }),
      /no-such-reader-either cannot be loaded on linux-x64, expected its binary in node_modules: run npm ci/,
    )
    assert.throws(
      () => installedReader(test, 'no-such-reader-either', { isCi: true, platform: 'linux-arm64' }),
      Skipped,
    )
  })
})
