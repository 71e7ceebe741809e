import assert from 'node:assert/strict'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { systemErrorText } from '../../../functions/local/cli/system-error.ts'
import { DiskFullError } from '../../../functions/storage/folder/disk-full-error.ts'
import { StorageError } from '../../../functions/storage/storage-error.ts'

const thrownBy = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

describe('systemErrorText', () => {
  it('says what a file error means, behind the path, without its code', () => {
    assert.equal(systemErrorText(thrownBy(() => readFileSync('/no/such'))), '/no/such: no such file or folder')
    assert.equal(systemErrorText(thrownBy(() => mkdirSync('/tmp'))), '/tmp: it exists already')
    assert.equal(
      systemErrorText(thrownBy(() => openSync('/etc/passwd/x', 'r'))),
      '/etc/passwd/x: a part of the path is no folder',
    )
  })

  it('names the address that a connection failed to', async () => {
    const error = await new Promise(resolve => connect(9, '127.0.0.1').on('error', resolve))
    assert.equal(systemErrorText(error), '127.0.0.1:9: connection refused')
  })

  it('uses the words of the system for errors without words of ours', () => {
    const error = Object.assign(new Error('EMFILE: x, open'), { code: 'EMFILE', syscall: 'open' })
    assert.equal(systemErrorText(error), 'too many open files')
  })

  it('says which disk is full, how much is free, how much is needed, and what to do', () => {
    const cause = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
    const text = systemErrorText(new DiskFullError({ bucket: 'b', operation: 'write' }, '/', 4_200_000, cause))
    assert.match(
      text,
      /^disk full: \/ \([\d.]+ \w?B free, at least 4\.2 MB needed\)\. Make room and run the same command to resume\.$/,
    )
  })

  it('keeps what a bucket says, with the address, and what to do about rights and names', () => {
    const refused = (facts: Partial<ConstructorParameters<typeof StorageError>[1]>) =>
      systemErrorText(
        new StorageError('why', { retryable: false, bucket: 'gs://b', operation: 'list a', code: 403, ...facts }),
      )
    assert.equal(refused({ code: 'ECONNREFUSED' }), 'list a gs://b: why')
    assert.match(refused({}), /^list a gs:\/\/b: why; reading needs the role Storage Object Viewer/)
    assert.equal(refused({ operation: 'write', object: 'x' }), 'write gs://b/x: why')
    assert.equal(refused({ code: 404 }), 'list a gs://b: why; check the name of the bucket')
    assert.equal(refused({ code: 404, bucket: '/folder' }), 'list a /folder: why')
  })

  it('leaves the message of any other error as it is', () => {
    assert.equal(systemErrorText(new RangeError('prefix is wrong')), 'prefix is wrong')
    assert.equal(systemErrorText('text'), 'text')
  })
})
