import { closeSync, createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ApiError } from './api-error.ts'
import { type Exchange, targetOf } from './request.ts'
import { mediaHeaders } from './resource.ts'
import type { ServedBucket } from './served-bucket.ts'

/** An object's bytes, or one range of them. Memory: one piece of the file. */
export async function sendMedia(bucket: ServedBucket, exchange: Exchange, name: string): Promise<void> {
  const { fd, record } = await bucket.open(targetOf(exchange, name))
  const { size } = record.file
  let range: ReturnType<typeof parseRange>
  try {
    range = parseRange(exchange.request.headers.range, size)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const [start, end] = range ?? [0, size]
  const place = range ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}
  const headers = { ...mediaHeaders(record), ...place, 'content-length': end - start }
  exchange.response.writeHead(range ? 206 : 200, headers)
  await pipeline(readStream(fd, start, end), exchange.response)
}

/** Bytes `start` to `end` of an open file. The stream closes the file at its end, after the last read. */
export function readStream(fd: number, start: number, end: number): Readable {
  if (end > start) return createReadStream('', { fd, start, end: end - 1, highWaterMark: 256 * 1024 })
  closeSync(fd)
  return Readable.from([])
}

/**
 * `Range: bytes=…` as [start, end), or undefined for the whole: https://www.rfc-editor.org/rfc/rfc9110#field.range.
 * A header with several ranges, or with none that is valid, stands for the whole.
 *
 * @throws ApiError 416 for a range that begins after the end.
 */
export function parseRange(header: string | undefined, size: number): readonly [number, number] | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  const [first = '', last = ''] = match?.slice(1) ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && first !== '' && Number(last) < start) return undefined
  if (start < size && end > start) return [start, end]
  throw new ApiError(416, 'requestedRangeNotSatisfiable', `Request range ${header} not satisfiable in ${size} bytes`)
}
