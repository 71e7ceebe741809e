import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { CONVERTER_VERSION, converterVersionOf } from '../../../functions/ticks/parquet/metadata.ts'
import { toParquet } from '../../support/dataset.ts'

const FIXTURES = new URL('../../fixtures/datasets/', import.meta.url)
/** Lines of `sha256  fixture`, the converter version in front. */
const EXPECTED = new URL('../../fixtures/datasets/parquet.sha256', import.meta.url)

describe('the converter version', () => {
  it('is read from created_by, also of a file of the first release', () => {
    assert.equal(converterVersionOf('market-data-tick-handler version 1.0.0'), 1)
    assert.equal(converterVersionOf(`market-data-tick-handler version ${CONVERTER_VERSION}.0.0`), CONVERTER_VERSION)
  })

  it('is undefined for a file of another program', () => {
    for (const createdBy of [
      undefined,
      '',
      'DuckDB version v1.5.6 (build 1)',
      'parquet-mr version 1.0.0',
      'x version 1',
    ])
      assert.equal(converterVersionOf(createdBy), undefined, createdBy)
  })

  it('goes up when the bytes of any file change', async () => {
    const found = [`converter version ${CONVERTER_VERSION}`]
    for (const name of readdirSync(FIXTURES).filter(name => name.endsWith('.csv'))) {
      const text = readFileSync(new URL(name, FIXTURES), 'utf8')
      const { parquet } = await toParquet(text, { dataType: name.split('.')[0]! })
      found.push(`${createHash('sha256').update(parquet).digest('hex')}  ${name}`)
    }
    const expected = readFileSync(EXPECTED, 'utf8').trimEnd()
    assert.equal(
      found.join('\n'),
      expected,
      'other bytes need another CONVERTER_VERSION and the new lines in fixtures/datasets/parquet.sha256',
    )
  })
})
