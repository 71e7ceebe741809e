import { type Equivalent, inFile } from '../score.ts'

const SLOW_PATH = 'the number takes the way of long numbers, which gives the same'

export const KERNEL: readonly Equivalent[] = [
  ...inFile('functions/ticks/kernel/cells.ts', [
    {
      text: 'const others = i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(ABOVE_NINE))) | 0x10000',
      to: '&',
      why: SLOW_PATH,
    },
  ]),
  ...inFile('functions/ticks/kernel/decimal.ts', [
    {
      text: 'const value = significant > 19 ? parseDecimal(start, (p - start) as i32) : toDouble(digits, exponent, negative)',
      to: '>=',
      why: 'the host makes the same double of 19 digits',
    },
  ]),
]
