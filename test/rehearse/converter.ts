import type { Services } from '../../functions/services.ts'
import { tinyParquet } from '../fetch/tiny-parquet.ts'
import { COSTS } from './costs.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { Waits } from './waits.ts'

/** What one conversion of a rehearsal tells: it takes time, and nothing is converted. */
export interface Conversions {
  readonly time: VirtualTime
  readonly waits: Waits
  /** CPUs of the instance. */
  readonly cpus: number
  readonly onBytes: (sourceBytes: number) => void
}

const SHA256 = '0'.repeat(64)
const CSV_BYTES_PER_ROW = 90
const CSV_PER_GZIP = 9

/**
 * The converter of one instance. A file takes as long as its download, and as the CPU needs for it after the files that were
 * there before. Its Parquet object has a footer and no rows.
 */
export function createConverter({ time, waits, cpus, onBytes }: Conversions): Services['convert'] {
  const freeAtMs = Array.from({ length: cpus }, () => 0)
  const useCpu = (cpuMs: number): number => {
    const cpu = freeAtMs.indexOf(Math.min(...freeAtMs))
    freeAtMs[cpu] = Math.max(time.now(), freeAtMs[cpu]!) + cpuMs
    return freeAtMs[cpu] - time.now()
  }
  return async (_source, sink, { expectedBytes: sourceBytes = 0, metadata, signal }) => {
    const cpuMs = useCpu(COSTS.itemCpuMs.value + (sourceBytes / COSTS.convertBytesPerCpuSecond.value) * 1_000)
    const downloadMs = (sourceBytes / COSTS.downloadBytesPerSecond.value) * 1_000
    await waits.during(cpuMs > downloadMs ? 'CPU' : 'download', () => time.wait(Math.max(cpuMs, downloadMs)))
    signal?.throwIfAborted()
    onBytes(sourceBytes)
    const textBytes = sourceBytes * CSV_PER_GZIP
    const summary = {
      rows: Math.ceil(textBytes / CSV_BYTES_PER_ROW),
      sourceBytes,
      sourceSha256: SHA256,
      textBytes,
      firstTimestampMicros: 1n,
      lastTimestampMicros: 2n,
      quality: { rowsOutOfOrder: 0, largestGapMicros: 0n },
    }
    const file = tinyParquet(new Uint8Array(), summary.rows, metadata(summary))
    await sink.write(file)
    return { ...summary, parquetBytes: file.length }
  }
}
