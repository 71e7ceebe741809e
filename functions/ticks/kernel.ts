import { readFileSync } from 'node:fs'

/** The part of WebAssembly's interface that is used here; TypeScript has it only among a browser's types. */
export interface Memory {
  /** Shared, so that a row group can be put into another thread's kernel (`parquet/thread.ts`). */
  readonly buffer: SharedArrayBuffer
  /** Adds pages of 64 KiB; the buffer is then another one. */
  grow(pages: number): number
}
interface Global<T> {
  readonly value: T
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: object }
}

/** The WebAssembly kernel (`kernel/index.ts`), as the host sees it. Addresses and lengths are in bytes. */
export interface Kernel {
  readonly memory: Memory
  heapBase(): number
  readonly DESCRIPTOR_BYTES: Global<number>

  inflateReset(): void
  inflate(input: number, inputEnd: number, output: number, outputEnd: number, historyStart: number): number
  inflateInputPos(): number
  inflateOutputPos(): number

  crc32Reset(): void
  crc32Update(start: number, end: number): void
  crc32Value(): number

  setColumns(address: number, count: number, maxRows: number): void
  beginGroup(): void
  readonly rowCount: Global<number>
  setScratch(address: number): void
  parseRows(start: number, end: number): number
  readonly status: Global<number>
  readonly badCell: Global<number>
  readonly badColumn: Global<number>
  readonly quotedNewlines: Global<number>

  scanOrder(times: number, count: number, previous: bigint): void
  readonly outOfOrder: Global<number>
  readonly largestGap: Global<bigint>
  readonly gapStart: Global<bigint>

  countValues(validity: number, from: number, to: number): number
  gather64(values: number, validity: number, rows: number, out: number): number
  gather32(values: number, validity: number, rows: number, out: number): number
  gatherOffsets(offsets: number, validity: number, rows: number, out: number): number

  readonly TABLE_BYTES: Global<number>
  readonly MAX_DISTINCT: Global<number>
  buildDictionary(values: number, count: number, table: number, codes: number, dictionary: number): number

  writeLevels(validity: number, from: number, to: number, out: number): number
  bitWidth(largest: number): number
  writeHybrid(values: number, count: number, width: number, out: number): number
  writeDeltaBinaryPacked(values: number, count: number, out: number): number
  writeDeltaByteArray(offsets: number, data: number, count: number, lengths: number, out: number): number
  writeBooleans(bits: number, validity: number, from: number, to: number, out: number): number
  writeTexts(offsets: number, data: number, count: number, out: number): number

  integerRange(values: number, count: number): void
  readonly smallestInteger: Global<bigint>
  readonly largestInteger: Global<bigint>
  doubleRange(values: number, count: number): void
  readonly smallestDouble: Global<number>
  readonly largestDouble: Global<number>
  textRange(offsets: number, data: number, count: number): void
  readonly firstText: Global<number>
  readonly lastText: Global<number>
  largestCode(codes: number, count: number): number
}

const code = new WebAssembly.Module(readFileSync(new URL('./kernel.wasm', import.meta.url)))

/** A kernel with a memory of its own, which grows to what a dataset's layout asks for and never shrinks. */
export function createKernel(): Kernel {
  const decimal = {
    parseDecimal: (address: number, length: number) =>
      Number(Buffer.from(kernel.memory.buffer, address, length).toString('latin1')),
    fillPowersOfFive: (address: number) => fillPowersOfFive(new DataView(kernel.memory.buffer), address),
  }
  const kernel = new WebAssembly.Instance(code, { decimal, env: { abort: fail } }).exports as unknown as Kernel
  return kernel
}

function fail(): never {
  throw new Error('the kernel stopped: a fault of the program, not of the data')
}

/**
 * 5^q for q from −342 to 308 as 128 bits, the top bit set, cut off (rounded up for q < 0): the table of
 * https://arxiv.org/abs/2101.11408, section 5.
 */
export function fillPowersOfFive(memory: DataView, address: number): void {
  for (let q = -342; q <= 308; q++, address += 16) {
    const bits = q < 0 ? reciprocalOfFive(BigInt(-q)) : topBits(5n ** BigInt(q))
    memory.setBigUint64(address, bits >> 64n, true)
    memory.setBigUint64(address + 8, bits & 0xffff_ffff_ffff_ffffn, true)
  }
}

function topBits(value: bigint): bigint {
  const excess = BigInt(value.toString(2).length - 128)
  return excess < 0n ? value << -excess : value >> excess
}

function reciprocalOfFive(power: bigint): bigint {
  const five = 5n ** power
  const length = BigInt(five.toString(2).length)
  const shift = power <= 27n ? length + 127n : 2n * length + 128n
  return topBits((1n << shift) / five + 1n)
}

/** Kernels at rest. One a conversion at work is kept, for a WebAssembly memory is given back only when collected. */
const idle: Kernel[] = []

/** A kernel that nobody else uses until it is handed back. */
export function borrowKernel(): Kernel {
  return idle.pop() ?? createKernel()
}

export function returnKernel(kernel: Kernel): void {
  idle.push(kernel)
}
