import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { VendorError } from '../../functions/tardis/error.ts'
import type { VendorOptions } from '../../functions/tardis/vendor.ts'
import { assertNoKey, HTML, responding } from './faults.ts'
import { deadlineIn, FILE, type Handler, KEY, NAME, rejection, rig, serve } from './loopback.ts'

interface Case {
  name: string
  handler: Handler
  message: RegExp
  retryable: boolean
  /** How many requests are made; by default one if the error is not retryable, else all six. */
  requests?: number
  options?: Partial<VendorOptions>
}

const whileOpening: Case[] = [
  { name: '400', handler: responding(400), message: /answered 400: no: \[key\]$/, retryable: false },
  { name: '402', handler: responding(402), message: /answered 402/, retryable: false },
  { name: '206', handler: responding(206), message: /answered 206/, retryable: false },
  { name: '408', handler: responding(408), message: /answered 408.*gave up after 6 attempts/, retryable: true },
  {
    name: '429',
    handler: responding(429, { 'retry-after': 1 }),
    message: /answered 429.*gave up after 6 attempts/,
    retryable: true,
  },
  {
    name: '500',
    handler: responding(500),
    message: /answered 500: no: \[key\]; gave up after 6 attempts/,
    retryable: true,
  },
  {
    name: '502 with a page',
    handler: responding(502, {}, HTML),
    message: /answered 502: Just a moment Bearer \[key\];/,
    retryable: true,
  },
  {
    name: 'an answer cut off while it is explained',
    handler: (_, response) => void response.writeHead(503).write('busy', () => response.destroy()),
    message: /answered 503: busy; gave up/,
    retryable: true,
  },
  {
    name: 'reset before an answer',
    handler: request => void request.socket.destroy(),
    message: /no answer: .*gave up/,
    retryable: true,
  },
  {
    name: 'no headers in time',
    handler: () => {},
    options: { timeouts: { headersMs: 30 }, retry: { maxAttempts: 2 } },
    message: /no answer: no response in time; gave up after 2 attempts/,
    retryable: true,
    requests: 2,
  },
  {
    name: 'reset before the first byte',
    handler: (_, response) => {
      response.flushHeaders()
      setImmediate(() => response.destroy())
    },
    message: /the body broke off .* after 0 bytes; gave up/,
    retryable: true,
  },
  {
    name: 'a page instead of the file',
    handler: responding(200, { 'content-type': 'text/html' }, HTML),
    message: /answered text\/html instead of a gzip file: Just a moment Bearer \[key\]$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'a page packed with gzip instead of the file',
    handler: (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync(HTML))
    },
    message: /answered text\/html in Content-Encoding gzip instead of a gzip file: Just a moment Bearer \[key\]$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'a body of 0 bytes with a Content-Length',
    handler: responding(200, { 'content-length': 0 }, ''),
    message: /the body has 0 bytes, expected a gzip file, which has about 20 bytes .*; gave up after 6 attempts$/,
    retryable: true,
  },
  {
    name: 'a body of 0 bytes without a Content-Length',
    handler: (_, response) => {
      response.flushHeaders()
      response.end()
    },
    message: /the body has 0 bytes, .*; gave up after 6 attempts$/,
    retryable: true,
  },
  {
    name: 'fewer bytes than the Content-Length',
    handler: (_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write(FILE.subarray(0, 20), () => response.destroy())
    },
    message: /the body broke off .* after 20 of 100 bytes; gave up after 6 attempts$/,
    retryable: true,
  },
  {
    name: 'an encoding that was not asked for',
    handler: responding(200, { 'content-encoding': 'br' }, brotliCompressSync(gzipSync(HTML))),
    message:
      /no content type in Content-Encoding br instead of a gzip file: \(no text: \d+ bytes, .* [0-9a-f]{16} in hex\)$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'headers with bytes that are no text',
    handler: responding(200, { 'content-type': `text/html\xff\xfe${'x'.repeat(200)}` }, 'busy'),
    message: /answered text\/html\?\?x{89} instead of a gzip file: busy$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'JSON instead of the file',
    handler: responding(200, {}, JSON.stringify({ message: `bad key ${KEY}` })),
    message: /answered no content type instead of a gzip file: bad key \[key\]$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'a body of one byte that is not gzip',
    handler: responding(200, {}, 'x'),
    message: /instead of a gzip file: x$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'a redirect to nowhere',
    handler: responding(302),
    message: /302 without a usable Location$/,
    retryable: false,
  },
  {
    name: 'a redirect to no web address',
    handler: responding(302, { location: 'file:///etc/passwd' }),
    message: /302 without a usable Location$/,
    retryable: false,
  },
  {
    name: 'redirects without end',
    handler: responding(302, { location: `/${encodeURIComponent(KEY)}?key=${encodeURIComponent(KEY)}` }),
    message: /more than 5 redirects$/,
    retryable: false,
    requests: 6,
  },
  {
    name: 'a failure at an address that holds the key',
    handler: (request, response) => {
      if (request.url?.includes('signed')) response.writeHead(400).end()
      else response.writeHead(302, { location: `/signed/${encodeURIComponent(KEY)}?key=${KEY}` }).end()
    },
    message: /GET http:\/\/127\.0\.0\.1:\d+\/signed\/\[key\]: answered 400/,
    retryable: false,
    requests: 2,
  },
]

describe('tardis/vendor, faults while opening', () => {
  for (const { name, handler, message, retryable, requests = retryable ? 6 : 1, options } of whileOpening)
    it(`reports: ${name}`, async () => {
      await using server = await serve(handler)
      await using r = rig(server.url, options)
      const error = await rejection(r.vendor.openDataset(NAME, { deadline: deadlineIn(600_000) }))
      assert.ok(error instanceof VendorError, inspect(error))
      assert.match(error.message, message)
      assert.equal(error.retryable, retryable)
      assert.equal(server.requests.length, requests)
      assert.doesNotMatch(error.message, /[\p{Cc}\uFFFD]/u)
      assertNoKey(error, r)
    })
})
