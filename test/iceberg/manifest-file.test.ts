import assert from 'node:assert/strict'
import { tableColumns } from '../../functions/iceberg/columns.ts'
import { dataFilesOf } from '../../functions/iceberg/data-files.ts'
import { decodeManifestFile, encodeManifestFile } from '../../functions/iceberg/manifest-file.ts'
import { DATE, manifestOf } from './lake.ts'

describe('a manifest file', () => {
  it('is read back as it was, for each data type', () => {
    for (const dataType of ['trades', 'options_chain', 'instruments']) {
      const manifest = manifestOf({ venue: 'deribit', date: DATE }, [{ dataType, symbols: ['A', 'OPTIONS'] }])
      const { files } = dataFilesOf(manifest, dataType)
      assert.deepEqual([files.length, files[1]!.symbol], [2, undefined])
      const schema = { schemaId: 3, columns: tableColumns(dataType) }
      const uriOf = (object: string) => `gs://lake/${object}`
      const named = files.map(({ object, ...facts }) => ({ ...facts, uri: uriOf(object) }))
      assert.deepEqual(decodeManifestFile(encodeManifestFile(schema, files, uriOf).data), named)
    }
  })
})
