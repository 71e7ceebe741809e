import { closeSync, createReadStream, type ReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ApiError } from './api-error.ts'
import { type Exchange, targetOf } from './request.ts'
import { mediaHeaders } from './resource.ts'
import type { ServedBucket } from './served-bucket.ts'

/** An object's bytes, or one range of them. Memory: one piece of the file. */
export async function sendMedia(bucket: ServedBucket, exchange: Exchange, name: string): Promise<void> {
  const { fd, record } = await bucket.open(targetOf(exchange, name))
  try {
    const { size } = record.file
    const range = parseRange(exchange.request.headers.range, size)
    const [start, end] = range ?? [0, size]
    const place = range ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}
    const headers = { ...mediaHeaders(record), ...place, 'content-length': end - start }
    exchange.response.writeHead(range ? 206 : 200, headers)
    await sendBytes(exchange, fd, start, end)
  } finally {
    closeSync(fd)
  }
}

async function sendBytes({ response }: Exchange, fd: number, start: number, end: number): Promise<void> {
  if (end === start) {
    response.end()
    return
  }
  await pipeline(readStream(fd, start, end), response)
}

/** Bytes `start` to `end` of an open file, which stays open. */
export function readStream(fd: number, start: number, end: number): ReadStream {
  return createReadStream('', { fd, start, end: end - 1, autoClose: false, highWaterMark: 256 * 1024 })
}

/**
 * `Range: bytes=…` as [start, end), or undefined for the whole: https://www.rfc-editor.org/rfc/rfc9110#field.range.
 * Several ranges, and what is no range, are answered with the whole.
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
