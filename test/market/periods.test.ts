import assert from 'node:assert/strict'
import { readPeriod } from '../../functions/market/periods.ts'

const TODAY = '2024-08-15'

describe('readPeriod', () => {
  const periods: readonly (readonly [text: string, first: string, last: string])[] = [
    ['2024-08-01', '2024-08-01', '2024-08-01'],
    ['2024-07', '2024-07-01', '2024-07-31'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2023-02', '2023-02-01', '2023-02-28'],
    ['2023-04', '2023-04-01', '2023-04-30'],
    ['2023', '2023-01-01', '2023-12-31'],
    ['2024', '2024-01-01', '2024-08-14'],
    ['2024-08', '2024-08-01', '2024-08-14'],
    ['2024-09', '2024-09-01', '2024-09-30'],
    ['yesterday', '2024-08-14', '2024-08-14'],
    ['last-1-days', '2024-08-14', '2024-08-14'],
    ['last-7-days', '2024-08-08', '2024-08-14'],
    ['last-10-days', '2024-08-05', '2024-08-14'],
    ['last-3650-days', '2014-08-18', '2024-08-14'],
    ['2024-08-01..2024-08-01', '2024-08-01', '2024-08-01'],
    ['2024-01-05..2024-01-07', '2024-01-05', '2024-01-07'],
    ['2023-11..2024-02', '2023-11-01', '2024-02-29'],
    ['2022..yesterday', '2022-01-01', '2024-08-14'],
  ]
  for (const [text, first, last] of periods) {
    it(`reads ${text}`, () => assert.deepEqual(readPeriod(text, TODAY), { first, last }))
  }

  it('gives a month that begins today its first day', () => {
    assert.deepEqual(readPeriod('2024-08', '2024-08-01'), { first: '2024-08-01', last: '2024-08-01' })
  })

  it('gives a month that ends today the days until yesterday', () => {
    assert.deepEqual(readPeriod('2024-08', '2024-08-31'), { first: '2024-08-01', last: '2024-08-30' })
  })

  const wrong = ['', '..', '2024-8', '2024-13', '1999', '2024-02-30', 'tomorrow', 'last-0-days', 'last-9999-days']
  const near = ['last-3651-days', 'xlast-3-days', 'last-3-daysx', 'last-x-days', 'x2024', '2024x', '2024-08x']
  for (const text of [
    ...wrong,
    ...near,
    'last-07-days',
    '2024..',
    '..2024',
    '2024..2023',
    '2022..2023..2024',
    '2024-08-01 ',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(readPeriod(text, TODAY), undefined))
  }
})
