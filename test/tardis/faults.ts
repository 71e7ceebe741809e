import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { FILE, type Handler, KEY, type Rig } from './loopback.ts'

export const HTML = `<html><head><title>x</title></head><body><h1>Just a\nmoment</h1> Bearer ${KEY}</body></html>`
export const BIG = Buffer.concat([FILE, Buffer.alloc(1_000_000)])

/** A server that responds with this status, and repeats the key in the body. */
export const responding = (
  status: number,
  headers: Record<string, string | number> = {},
  body: string | Uint8Array = `no: ${KEY}`,
): Handler => {
  return (_, response) => void response.writeHead(status, headers).end(body)
}

/** A server that sends half of a file; `end` does the rest. */
export const breaking = (
  headers: Record<string, string | number>,
  end: (response: ServerResponse) => void,
): Handler => {
  return (_, response) => {
    response.writeHead(200, headers)
    response.write(BIG.subarray(0, 500_000), () => end(response))
  }
}

/** These handlers for the first requests, then the file. */
export const thenTheFile = (...faults: Handler[]): Handler => {
  return (request, response, count) => {
    const fault = faults[count]
    if (fault) fault(request, response, count)
    else response.end(FILE)
  }
}

/** The key is not in the error, its cause or stack, nor in the log. */
export function assertNoKey(error: unknown, { log }: Rig): void {
  const whole = inspect([error, log], { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null })
  const texts = [whole, JSON.stringify(log), error instanceof Error ? `${error.stack}${error.cause}` : '']
  for (const secret of [KEY, encodeURIComponent(KEY), btoa(KEY)])
    for (const text of texts) assert.equal(text.includes(secret), false, text)
}
