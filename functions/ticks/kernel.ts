import { readFileSync } from 'node:fs'
import { checkConstants } from './kernel-constants.ts'

/** The part of WebAssembly's interface that is used here; TypeScript declares it only in its types for browsers. */
export interface Memory {
  /** Shared, so that a second thread can encode row groups (`parquet/thread.ts`). */
  readonly buffer: SharedArrayBuffer
  /** Adds pages of 64 KiB. `buffer` is a new object afterwards. */
  grow(pages: number): number
}
interface Global<T> {
  readonly value: T
}
declare const WebAssembly: {
  Memory: new (limits: { readonly initial: number; readonly maximum: number; readonly shared: true }) => Memory
  Module: new (bytes: Uint8Array) => object
  Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: object }
}

/** The kernel's first part (`kernel/reader.ts`), as the host sees it. Addresses and lengths are in bytes. */
interface Reader {
  readerEnd(): number
  readonly DESCRIPTOR_BYTES: Global<number>

  inflateReset(): void
  inflate(input: number, inputEnd: number, output: number, outputEnd: number, historyStart: number): number
  inflateInputPos(): number
  inflateOutputPos(): number

  crc32Reset(): void
  crc32Update(start: number, end: number): void
  crc32Value(): number

  /** Begins a row group in these columns. */
  setColumns(address: number, count: number, maxRows: number): void
  readonly rowCount: Global<number>
  setScratch(address: number): void
  parseRows(start: number, end: number): number
  readonly status: Global<number>
  readonly badCell: Global<number>
  readonly badColumn: Global<number>
  readonly quotedNewlines: Global<number>
  /** The address of the first byte that is not UTF-8, or `end`. */
  invalidUtf8(start: number, end: number): number
}

/** The second part (`kernel/encoder.ts`), with the memory that it works in. */
export interface Encoder {
  readonly memory: Memory
  heapBase(): number

  countValues(validity: number, from: number, to: number): number
  gather64(values: number, validity: number, rows: number, out: number): number
  gather32(values: number, validity: number, rows: number, out: number): number
  gatherOffsets(offsets: number, validity: number, rows: number, out: number): number

  readonly TABLE_BYTES: Global<number>
  readonly MAX_DISTINCT: Global<number>
  buildDictionary(
    values: number,
    count: number,
    table: number,
    codes: number,
    dictionary: number,
    expected: number,
  ): number

  sortDictionary(dictionary: number, count: number, table: number, sorted: number): number

  writeLevels(validity: number, from: number, to: number, out: number): number
  bitWidth(largest: number): number
  writeHybrid(values: number, count: number, width: number, ranks: number, out: number): number
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

  scanOrder(times: number, validity: number, rows: number, previous: bigint, hasPrevious: boolean): void
  countOutside(times: number, validity: number, rows: number, from: bigint, to: bigint): number
  readonly timeCount: Global<number>
  readonly firstTime: Global<bigint>
  readonly lastTime: Global<bigint>
  readonly smallestTime: Global<bigint>
  readonly largestTime: Global<bigint>
  readonly outOfOrder: Global<number>
  readonly largestGap: Global<bigint>
  readonly gapStart: Global<bigint>
  readonly GAPS: Global<number>
  readonly MAX_GAPS: Global<number>

  beginLatencies(): void
  addLatencies(received: number, receivedValidity: number, sent: number, sentValidity: number, rows: number): void
  readonly LATENCIES: Global<number>
  readonly LATENCY_BUCKETS: Global<number>
  readonly smallestLatency: Global<bigint>
  readonly largestLatency: Global<bigint>
  readonly sentOutOfOrder: Global<number>

  countRepeats(descriptors: number, columns: number, rows: number, a: number, b: number, c: number): number
  scanIds(offsets: number, data: number, validity: number, rows: number, previous: bigint): void
  readonly repeatedIds: Global<number>
  readonly idsIncrease: Global<number>
  readonly firstId: Global<bigint>
  readonly lastId: Global<bigint>
  readonly missingIds: Global<bigint>

  scanValues(values: number, validity: number, rows: number): void
  readonly smallestValue: Global<number>
  readonly largestValue: Global<number>
  readonly nonPositive: Global<number>
  sumTrades(prices: number, priceValidity: number, amounts: number, amountValidity: number, rows: number): void
  readonly volume: Global<number>
  readonly notional: Global<number>
  scanBook(bids: number, bidValidity: number, asks: number, askValidity: number, rows: number): void
  readonly crossed: Global<number>
  readonly locked: Global<number>
  readonly oneSided: Global<number>
  countStarts(bits: number, rows: number, previous: boolean): number
}

/** Both parts in one memory. */
export interface Kernel extends Reader, Encoder {}

const PAGE_BYTES = 65_536
/** The least memory of a kernel, and the most, in WebAssembly's pages: those of `kernel/asconfig.json`. */
const PAGES = { initial: 16, maximum: 8192 }
export const MAX_KERNEL_BYTES = PAGES.maximum * PAGE_BYTES

/** Creates a kernel with its own memory, which grows to what a dataset's layout needs and never shrinks. */
export function createKernel(): Kernel {
  const memory = new WebAssembly.Memory({ ...PAGES, shared: true })
  const decimal = {
    parseDecimal: (address: number, length: number) =>
      Number(Buffer.from(memory.buffer, address, length).toString('latin1')),
    fillPowersOfFive: (address: number) => fillPowersOfFive(new DataView(memory.buffer), address),
  }
  const reader = instantiate('reader', memory, { decimal }) as Reader
  checkConstants(reader)
  return { ...reader, ...createEncoder(memory) }
}

/** Creates the encoder alone, over the memory of another thread's kernel. */
export function createEncoder(memory: Memory): Encoder {
  return { ...(instantiate('encoder', memory, {}) as Encoder), memory }
}

const modules = new Map<string, object>()

function instantiate(
  part: string,
  memory: Memory,
  imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
) {
  let module = modules.get(part)
  if (!module) {
    module = new WebAssembly.Module(readFileSync(new URL(`./${part}.wasm`, import.meta.url)))
    modules.set(part, module)
  }
  return new WebAssembly.Instance(module, { ...imports, env: { memory, abort: fail } }).exports
}

function fail(): never {
  throw new Error('the kernel aborted: this is a defect of the program, not of the data')
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

/**
 * All of a kernel's memory as a Buffer, whose `copy` is native. V8 copies typed arrays over shared memory byte by byte
 * where their alignments differ.
 */
export function bytesOf(memory: Memory): Buffer<SharedArrayBuffer> {
  return Buffer.from(memory.buffer)
}

/** Kernels that are not in use. They are kept, because only garbage collection frees a WebAssembly memory. */
const idle: Kernel[] = []

/** Returns a kernel that only the caller uses until `returnKernel`. */
export function borrowKernel(): Kernel {
  return idle.pop() ?? createKernel()
}

export function returnKernel(kernel: Kernel): void {
  idle.push(kernel)
}

/** What stops the thread that waits for a kernel's next file, by the kernel's memory. */
const stops = new WeakMap<Memory, () => void>()

/** Has `stop` called when the kernel of this memory is dropped. */
export function whenForgotten(memory: Memory, stop: () => void): void {
  stops.set(memory, stop)
}

/** Drops the idle kernels, so that their memory can be collected, and stops their threads. */
export function forgetIdleKernels(): void {
  for (const { memory } of idle.splice(0)) stops.get(memory)?.()
}
