import { type Equivalent, inFile } from '../score.ts'

const SLOW_PATH = 'the number takes the way of long numbers, which gives the same'
const MORE_FOLLOWS = 'codes of at least one bit follow, so more input comes in any case'

/** Files below `functions/ticks/kernel/`. */
const inKernel = (file: string, equivalents: readonly Omit<Equivalent, 'file'>[]) =>
  inFile(`functions/ticks/kernel/${file}`, equivalents)

export const KERNEL: readonly Equivalent[] = [
  ...inKernel('above.ts', [
    {
      text: 'const MIN_COLUMNS: usize = 8',
      to: '9',
      why: 'cells that are not compared are parsed, which gives the same',
    },
  ]),
  ...inKernel('cells.ts', [
    {
      text: 'const others = i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(ABOVE_NINE))) | 0x10000',
      to: '&',
      why: SLOW_PATH,
    },
  ]),
  ...inKernel('decimal.ts', [
    {
      text: 'const value = significant > 19 ? parseDecimal(start, (p - start) as i32) : toDouble(digits, exponent, negative)',
      to: '>=',
      why: 'the host makes the same double of 19 digits',
    },
  ]),
  ...inKernel('inflate/careful.ts', [
    {
      text: 'for (let i = to; i < to + length; i++) store<u8>(i, load<u8>(i - distance))',
      to: '<=',
      why: 'the byte behind the match is written again or lies in the 64 bytes behind the output that may be overwritten',
    },
  ]),
  ...inKernel('inflate/header.ts', [
    { text: 'if (stream.bitCount < 3) return NEED_INPUT', to: '<=', why: MORE_FOLLOWS },
    { text: 'if (stream.bitCount < 3) return NEED_INPUT', to: '4', why: MORE_FOLLOWS },
    { text: 'if (stream.bitCount < 14) return NEED_INPUT', to: '<=', why: MORE_FOLLOWS },
    { text: 'if (stream.bitCount < bits + extra) return NEED_INPUT', to: '<=', why: MORE_FOLLOWS },
  ]),
  ...inKernel('inflate/stream.ts', [
    {
      text: 'while (stream.bitCount < 49 && stream.input < inputEnd) {',
      to: '50',
      why: 'at 49 bits one byte more fits into the 64, and what is not used is given back',
    },
  ]),
  ...inKernel('inflate/tables.ts', [
    {
      text: 'export const EXTRAS: usize = memory.data(4 * (256 + 15 * 128), 16)',
      to: '16',
      why: 'more room than is used',
    },
  ]),
  ...inKernel('latency.ts', [
    {
      text: 'const size = latency < 0 ? (-latency as u64) : (latency as u64)',
      to: '<=',
      why: 'the negative of 0 is 0',
    },
  ]),
  ...inKernel('odd-cells.ts', [
    {
      text: 'if (after == 0) return 0',
      to: '1',
      why: 'the cell fails either way: whatever is parsed ends in 0, and the first reason stays',
    },
  ]),
  ...inKernel('parquet/delta-byte-array.ts', [
    {
      text: 'while (shared < longest) {',
      to: '<=',
      why: 'min() cuts what one more look finds',
    },
  ]),
  ...inKernel('parquet/dictionary.ts', [
    {
      text: 'if (code > halfTheSlots >> 1 && slotBits < LAST_SLOT_BITS) growSlots(table, dictionary)',
      to: '<=',
      why: 'the table has room for the most slots, and when it grows decides the speed alone',
    },
  ]),
  ...inKernel('parquet/rle-bit-packed-hybrid.ts', [
    {
      text: 'for (let i: usize = 0; i < 4 * width; i++)',
      to: '<=',
      why: 'the index 16 gives a zero as well, and behind the table stands what is written before it is read',
    },
  ]),
  ...inKernel('prefix.ts', [
    {
      text: 'while (namesEnd != lastColumn && load<u32>(namesEnd, KIND) == CATEGORY) namesEnd += DESCRIPTOR_BYTES',
      to: '-=',
      why: 'no beginning of a row is kept then, and each cell is parsed, which takes longer',
    },
  ]),
  ...inKernel('repeats.ts', [
    {
      text: 'for (let length: usize = 0; length <= 16; length++) memory.fill(BEFORE + length * 16, 0xff, 16 - length)',
      to: '<',
      why: 'the last turn fills no bytes',
    },
  ]),
  ...inKernel('text.ts', [
    {
      text: 'return (hash >> 32) as u32',
      to: '33',
      why: 'a hash decides where a text is looked for; texts are compared',
    },
  ]),
]
