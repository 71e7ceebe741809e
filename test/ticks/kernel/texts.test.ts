import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { readRecordBatches } from '../../../functions/ticks/record-batch.ts'
import { chunksOf } from '../../support/dataset.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'

/** The row groups of trades with these symbols and ids: how many rows, and the symbols that the group's rows refer to. */
async function groupsOf(rows: readonly { readonly symbol?: string; readonly id?: string }[]) {
  // What follows a text differs from row to row.
  const lines = rows.map(({ symbol = 'y', id = '' }, row) => `x,${symbol},${row % 11},2,${id},buy,1,2`)
  const gzip = gzipSync([HEADER, ...lines, ''].join('\n'), { level: 1 })
  const groups: { rows: number; symbols: (string | null)[]; dictionary: (string | null)[] }[] = []
  for await (const batch of readRecordBatches(chunksOf(gzip, 100_000), { dataType: 'trades' })) {
    const column = batch.getChild('symbol')!
    const dictionary = [...column.data[0]!.dictionary!] as (string | null)[]
    groups.push({ rows: batch.numRows, symbols: [...column] as (string | null)[], dictionary })
  }
  return groups
}

describe('categories in the kernel', () => {
  for (const count of [1, 127, 128, 129, 130, 255, 256, 257, 258, 600, 5000])
    it(`hold each of ${count} texts once, in order of first use`, async () => {
      const distinct = Array.from({ length: count }, (_, i) => `S${(i * 7919) % 10_007}`)
      const used = [...distinct, ...distinct.toReversed(), ...distinct]
      const [group] = await groupsOf(used.map(symbol => ({ symbol })))
      assert.deepEqual(group!.dictionary, distinct)
      assert.deepEqual(group!.symbols, used)
    })

  it('are told apart by all of their bytes, whatever their length', async () => {
    const long = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(2)
    const distinct = Array.from({ length: 70 }, (_, n) => long.slice(0, n + 1)).flatMap(text => [
      ...[text, `${text}-`, `-${text}`, `${text.slice(0, -1)}_`],
    ])
    const used = [...new Set(distinct)]
    const [group] = await groupsOf([...used, ...used.toReversed(), ...used].map(symbol => ({ symbol })))
    assert.deepEqual(group!.dictionary, used)
    assert.deepEqual(group!.symbols, [...used, ...used.toReversed(), ...used])
  })

  it('end the row group with the 65,537th text, and not before', async () => {
    const rows = Array.from({ length: 65_536 }, (_, i) => ({ symbol: `${i}` }))
    const counts = async (more: string) => (await groupsOf([...rows, { symbol: more }])).map(group => group.rows)
    assert.deepEqual(await counts('7'), [65_537])
    assert.deepEqual(await counts('new'), [65_536, 1])
  })

  it('end the row group where their texts have no room in a mebibyte', async () => {
    const symbol = (i: number, length: number) => `${i}`.padStart(length, '-')
    const rows = Array.from({ length: 1024 }, (_, i) => ({ symbol: symbol(i, 1024) }))
    const counts = async (last: number, more: string) =>
      (await groupsOf([...rows.with(-1, { symbol: symbol(1023, last) }), { symbol: more }])).map(group => group.rows)
    assert.deepEqual(await counts(1024, symbol(3, 1024)), [1025])
    assert.deepEqual(await counts(1023, 'z'), [1025])
    assert.deepEqual(await counts(1024, 'z'), [1024, 1])
    assert.deepEqual(await counts(1025, 'z'), [1023, 2])
  })
})

describe('texts in the kernel', () => {
  it('end the row group where they have no room in four mebibytes', async () => {
    const rows = Array.from({ length: 4096 }, () => ({ id: 'a'.repeat(1024) }))
    const counts = async (last: number, more: string) =>
      (await groupsOf([...rows.with(-1, { id: 'a'.repeat(last) }), { id: more }])).map(group => group.rows)
    assert.deepEqual(await counts(1024, ''), [4097])
    assert.deepEqual(await counts(1023, 'z'), [4097])
    assert.deepEqual(await counts(1024, 'z'), [4096, 1])
    assert.deepEqual(await counts(1025, 'z'), [4095, 2])
  })
})
