import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { DatasetReader, type RowGroup } from '../../../functions/ticks/csv.ts'
import { createKernel } from '../../../functions/ticks/kernel.ts'
import { TINY } from '../../support/quality.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount,first,new'
const LONG = 'z'.repeat(600_000)

describe('rows in the kernel', () => {
  it('leave nothing in the bitmaps of the row group that they did not fit into', () => {
    const kernel = createKernel()
    const reader = new DatasetReader(kernel, 'incremental_book_L2', TINY)
    const bit = (bits: number, row: number) =>
      (new Uint8Array(kernel.memory.buffer)[bits + (row >> 3)]! >> (row & 7)) & 1
    // The last column of the tenth row has no room. It is the first row that lacks a side and is of a snapshot.
    const row = (text: string, rest = 'false,bid,1,2,a') => `x,y,1,2,${rest},${text}`
    const lines = [row(LONG), ...Array.from({ length: 8 }, () => row('')), row(LONG, 'true,,,2,a'), row('')]
    const groups: number[] = []
    const take = ({ rows, layout }: RowGroup) => {
      groups.push(rows)
      if (groups.length > 1) return
      for (const { name, validity, values } of layout.columns) {
        assert.deepEqual(
          [9, 10].map(n => bit(validity, n)),
          [1, 1],
          name,
        )
        if (name === 'is_snapshot')
          assert.deepEqual(
            [9, 10].map(n => bit(values, n)),
            [0, 0],
          )
      }
    }
    for (const group of reader.push(gzipSync([HEADER, ...lines].join('\n')))) take(group)
    for (const group of reader.end()) take(group)
    assert.deepEqual(groups, [9, 2])
  })
})
