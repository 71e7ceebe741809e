import type { MemoryPart } from '../runtime/memory/parts.ts'

const MIB = 1024 ** 2

/**
 * What a conversion takes, by the size of its row groups. `kernelBytes`: the WebAssembly memory that the columns of the
 * widest known data type, an options chain, are laid out in; kernels are reused, so after some files of all types each
 * holds that much. `secondGroupBytes`: room for one more row group, which is parsed while a second thread encodes the
 * other. `frameBytes`: one compressed page of nothing but text. A test compares them with `layout.ts`.
 */
export const ROW_GROUPS = {
  small: { kernelBytes: 31 * MIB, secondGroupBytes: 25 * MIB, frameBytes: 5 * MIB },
  large: { kernelBytes: 153 * MIB, secondGroupBytes: 139 * MIB, frameBytes: 33 * MIB },
} as const
/** The ZSTD contexts for pages. */
const ZSTD_BYTES = 3 * MIB
/** A thread's V8 with its code, heap and stack, and four chunks of the file on their way out of it. A kernel keeps its thread. */
const ISOLATE_BYTES = 13 * MIB

export interface ConversionSizes {
  readonly memoryEfficient: boolean
  readonly threads: 1 | 2
}

/** What one conversion takes at most. */
export function conversionMemory({ memoryEfficient, threads }: ConversionSizes): MemoryPart[] {
  const { kernelBytes, secondGroupBytes, frameBytes } = memoryEfficient ? ROW_GROUPS.small : ROW_GROUPS.large
  const writerBytes = frameBytes + ZSTD_BYTES
  const threadBytes = secondGroupBytes + writerBytes + ISOLATE_BYTES
  return [
    { part: 'converter', bytes: kernelBytes + writerBytes, count: 1, resident: true },
    ...(threads === 2
      ? [{ part: 'second thread of the converter', bytes: threadBytes, count: 1, resident: true }]
      : []),
  ]
}
