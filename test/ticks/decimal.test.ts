import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { readRecordBatches } from '../../functions/ticks/record-batch.ts'
import { chunksOf, toRows } from '../support/dataset.ts'
import { randomFrom } from '../support/random.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'

/** The doubles that the kernel makes of texts, by way of a column of amounts. */
async function parsed(texts: readonly string[]): Promise<Float64Array> {
  const csv = `${HEADER}\n${texts.map(text => `x,y,1,2,id,buy,1,${text}\n`).join('')}`
  const values: number[] = []
  for await (const batch of readRecordBatches(chunksOf(gzipSync(csv)), { dataType: 'trades' }))
    values.push(...(batch.getChild('amount')!.toArray() as Float64Array))
  return Float64Array.from(values)
}

async function assertExact(texts: readonly string[]): Promise<void> {
  const found = new BigUint64Array((await parsed(texts)).buffer)
  const expected = new BigUint64Array(Float64Array.from(texts, Number).buffer)
  for (const [i, text] of texts.entries())
    assert.equal(
      found[i],
      expected[i],
      `${text}: found ${found[i]!.toString(16)}, expected ${expected[i]!.toString(16)}`,
    )
  assert.equal(found.length, texts.length)
}

describe('decimal numbers', () => {
  it('are the nearest doubles for prices and amounts of every length', async () => {
    const random = randomFrom(1)
    const digits = (count: number) => Array.from({ length: count }, () => random(10)).join('')
    const texts = Array.from({ length: 60_000 }, () => {
      const whole = digits(1 + random(12))
      const point = random(4) === 0 ? '' : `.${digits(random(14))}`
      return `${random(3) === 0 ? '-' : ''}${whole}${point}`
    })
    await assertExact(texts)
  })

  it('are the nearest doubles with 16 to 30 digits and exponents', async () => {
    const random = randomFrom(2)
    const digits = (count: number) => Array.from({ length: count }, () => random(10)).join('')
    const texts = Array.from({ length: 60_000 }, () => {
      const mantissa = `${1 + random(9)}${digits(random(12))}.${digits(1 + random(17))}`
      return random(2) === 0 ? mantissa : `${mantissa}e${random(2) === 0 ? '-' : '+'}${random(290)}`
    })
    await assertExact(texts)
  })

  it('survive a round trip for random bits of a double', async () => {
    const random = randomFrom(3)
    const bits = new Uint32Array(2)
    const texts: string[] = []
    while (texts.length < 60_000) {
      bits[0] = random(2 ** 32)
      bits[1] = random(2 ** 32)
      const value = new Float64Array(bits.buffer)[0]!
      if (Number.isFinite(value)) texts.push(String(value))
    }
    await assertExact(texts)
  })

  it('are the nearest doubles for known hard cases', async () => {
    await assertExact([
      '0',
      '-0',
      '0.0',
      '00012.5',
      '5e-324',
      '2.4703282292062327e-324',
      '2.4703282292062328e-324',
      '1e-400',
      '2.2250738585072011e-308',
      '2.2250738585072014e-308',
      '1.7976931348623157e308',
      '9007199254740993',
      '9007199254740992.5',
      '9007199254740993.00000000000000000001',
      '123456789012345678901234567890',
      '1e22',
      '1e23',
      '8.5e-7',
      '1e-7',
      '0.1',
      '0.30000000000000004',
      '6.8589719e-39',
      '1090544144181609348671888949248',
      '7.2057594037927933e16',
      '18446744073709551615',
      '18446744073709551616',
      '999999999999999',
      '9999999999999999',
      '.5',
      '5.',
      '-.5',
      '-5.',
      '-0.0',
      '-12345678901234',
      '-123456789012345',
      '-1234567890123456',
      '9007199254740991',
      '9999999999999995',
      '-1234567890.12345',
      '+1.5',
      '1E5',
      '0e999',
      '100000000000000.5',
      '0.000000000000001',
      '72057594037927945',
      '4503599627370497.5',
    ])
  })

  for (const text of [
    'abc',
    '1.2.3',
    '1e',
    '1e+',
    '--1',
    '-',
    '-.',
    '.',
    '..',
    '1..2',
    '1.-2',
    '1-2',
    '1,5x',
    '0x10',
    'NaN',
    'Infinity',
    '1e309',
    '1 ',
    ' 1',
    '1_0',
    '١',
  ])
    it(`are refused where the text is ${JSON.stringify(text)}`, async () => {
      await assert.rejects(toRows(`${HEADER}\nx,y,1,2,id,buy,1,"${text}"\n`), {
        name: 'MalformedDataError',
        line: 2,
        column: 'amount',
      })
      if (!text.includes(','))
        await assert.rejects(toRows(`${HEADER}\nx,y,1,2,id,buy,1,${text}\n`), {
          name: 'MalformedDataError',
          line: 2,
          column: 'amount',
        })
    })
})
