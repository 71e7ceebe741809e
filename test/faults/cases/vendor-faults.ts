import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { VendorFault } from '../../support/faulty-vendor.ts'
import { HEADER, KEY, memberBoundary, tradesText } from '../market.ts'

/** What a vendor and the network before it can do to an answer. Wherever a server can write what it likes, it writes the key. */

const GZIP = { 'content-type': 'application/gzip' }
const PAGE = `<html><head><title>x</title></head><body>Just a moment, Bearer ${KEY}</body></html>`

/** Breaks the connection once these bytes are on their way. */
function breakAfter(response: ServerResponse, bytes: Uint8Array): void {
  response.write(bytes, () => response.destroy())
}

/** Until more may be written, or the connection is closed. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

const whole = (response: ServerResponse, file: Buffer) =>
  void response.writeHead(200, { ...GZIP, 'content-length': file.length }).end(file)

export const answer =
  (
    status: number,
    headers: Record<string, string> = {},
    body = JSON.stringify({ message: `no: Bearer ${KEY}` }),
  ): VendorFault =>
  ({ response }) =>
    void response.writeHead(status, headers).end(body)

export const text =
  (content: string): VendorFault =>
  ({ response }) =>
    whole(response, gzipSync(content))

export const bytes =
  (change: (file: Buffer) => Buffer): VendorFault =>
  ({ response, file }) =>
    whole(response, change(file))

export const resetBefore: VendorFault = ({ request }) => void request.socket.resetAndDestroy()

export const resetWithin: VendorFault = ({ response, file }) => {
  response.writeHead(200, { ...GZIP, 'content-length': file.length })
  breakAfter(response, file.subarray(0, file.length / 2))
}

export const stalledBefore: VendorFault = () => {}

export const stalledWithin: VendorFault = ({ response, file }) => {
  response.writeHead(200, { ...GZIP, 'content-length': file.length })
  response.write(file.subarray(0, 1000))
}

/** Fewer bytes than stated, and a clean end. */
export const shorterThanStated: VendorFault = ({ response, file }) => {
  response.writeHead(200, { ...GZIP, 'content-length': file.length })
  response.write(file.subarray(0, -1), () => response.socket?.end())
}

/** Cut where nothing states a length: what is left is a broken gzip. */
export const cutInsideGzip: VendorFault = ({ response, file }) =>
  void response.writeHead(200, GZIP).end(file.subarray(0, file.length / 3))

/** What comes is a whole gzip, and half of the data. */
export const cutAtMember: VendorFault = ({ response, file }) => {
  response.writeHead(200, { ...GZIP, 'content-length': file.length })
  breakAfter(response, file.subarray(0, memberBoundary(file)))
}

/** The last member's CRC-32 is another one. */
export const wrongCrc = bytes(file => {
  const damaged = Buffer.from(file)
  damaged[file.length - 8]! ^= 0xff
  return damaged
})

export const flippedBit = bytes(file => {
  const damaged = Buffer.from(file)
  damaged[file.length >> 1]! ^= 0x10
  return damaged
})

export const page = answer(200, { 'content-type': 'text/html' }, PAGE)
export const jsonError = answer(200, { 'content-type': 'application/json' })

export const noBytes =
  (hasLength: boolean): VendorFault =>
  ({ response }) =>
    void response.writeHead(200, { ...GZIP, ...(hasLength && { 'content-length': 0 }) }).end()

/** As a server does that compresses whatever it sends. */
export const wrapped: VendorFault = ({ response, file }) =>
  void response.writeHead(200, { ...GZIP, 'content-encoding': 'gzip' }).end(gzipSync(file))

/** A few bytes at a time, each soon enough to be no stall. */
export const drip: VendorFault = async ({ response, file }) => {
  response.writeHead(200, { ...GZIP, 'content-length': file.length })
  for (let at = 0; at < file.length && !response.destroyed; at += 10) {
    response.write(file.subarray(at, at + 10))
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Rows without end; `onBytes` hears how many bytes have been sent. */
export const endless =
  (onBytes: (sent: number) => void): VendorFault =>
  async ({ response }) => {
    const member = gzipSync(tradesText('B', 20_000, 5).slice(HEADER.length), { level: 1 })
    response.writeHead(200, GZIP)
    response.write(gzipSync(HEADER))
    for (let sent = 0; !response.destroyed; sent += member.length) {
      onBytes(sent)
      if (!response.write(member)) await drained(response)
    }
  }

/** JSON with one text that never ends. */
export const endlessText: VendorFault = async ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"datasets":{"symbols":[{"id":"')
  while (!response.destroyed) {
    if (!response.write('x'.repeat(65_536))) await drained(response)
  }
}

/** A little gzip that is one line of text without end. */
export const overLongLine = text(`${HEADER}${'9'.repeat(3_000_000)}`)
export const wrongHeader = text(`time,${KEY},px\n1,2,3\n`)
export const raggedRow = text(`${HEADER}binance,B,1,2,3,buy,1,1,${KEY}\n`)
export const shortRow = text(`${HEADER}binance,B,1\n`)
/** An id in Latin-1. */
export const notUtf8 = bytes(() => gzipSync(Buffer.from(`${HEADER}binance,B,1,2,caf\xe9,buy,1,1\n`, 'latin1')))
export const missingColumns = text('exchange,symbol,timestamp,local_timestamp,id,side\nbinance,B,1,2,3,buy\n')
export const loneReturns = text(`${HEADER}binance,B,1,2,3,buy,1,1\n`.replaceAll('\n', '\r'))
export const blankLineBetween = text(`${HEADER}binance,B,1,2,3,buy,1,1\n\nbinance,B,1,2,3,buy,1,1\n`)
export const badNumber = text(`${HEADER}binance,B,1,2,3,buy,${KEY},1\n`)

/** Another file at every attempt: the first breaks off, so that bytes of both have been seen. */
export const changing =
  (later: Buffer): VendorFault =>
  call =>
    call.time === 1 ? resetWithin(call) : whole(call.response, later)
