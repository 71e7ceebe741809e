import type { Clock } from '../runtime/deadline.ts'
import { type CheckedBody, checkBody, freeing, type MinThroughput } from './body.ts'
import type { Call } from './call.ts'
import { type Redactor, VendorError } from './error.ts'
import { excerptOf } from './excerpt.ts'
import { BEGINNING_BYTES, gunzip, isGzip, isWrapped } from './gzip-encoding.ts'
import type { HttpResponse } from './http.ts'

/** A dataset that is being received. Its connection is in use until the body has been read or `cancel` is called. */
export interface OpenDataset {
  readonly kind: 'open'
  /** The length of the gzip file in bytes, if the vendor states it. A body of another length ends in an error. */
  readonly contentLength: number | undefined
  /** True of sample data: the server says that it made the dataset up. Tardis never does. */
  readonly isGenerated?: boolean
  /** The bytes of the gzip file, to be read once. Ends in a retryable VendorError, or in the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>
  /** Abandons the rest of the body. Safe to call at any time, and twice. */
  cancel(): void
}

/** What a server of sample data sends with each dataset, with the value `true`. */
export const GENERATED_HEADER = 'x-generated'

export interface OpenOptions {
  readonly clock: Clock
  readonly minThroughput: MinThroughput
  readonly redactor: Redactor
  readonly call: Call
  readonly freesChunks: boolean
}

/**
 * Opens the body of a dataset's response. Rejects with a retryable VendorError where it is not a gzip file. A body without
 * any bytes is damaged: a day without data is a gzip file of about 20 bytes.
 */
export async function openDatasetBody(response: HttpResponse, options: OpenOptions): Promise<OpenDataset> {
  const { call, freesChunks } = options
  const expectedBytes = statedLength(response)
  const checked = checkBody(response, { ...options, signal: call.signal, expectedBytes })
  const beginning = await checked.peek(BEGINNING_BYTES)
  const fault = faultOf(beginning, response)
  if (fault) throw await errorOf(fault, checked, response, options.redactor)
  const cancel = () => {
    call.end()
    response.cancel()
  }
  const wrapped = isWrapped(beginning)
  const chunks = wrapped ? gunzip(checked.rest(), response.address) : checked.rest()
  const body = endingWith(freesChunks ? freeing(chunks) : chunks, cancel)
  const isGenerated = response.header(GENERATED_HEADER) === 'true'
  return { kind: 'open', contentLength: wrapped ? undefined : expectedBytes, isGenerated, body, cancel }
}

const MAX_HEADER_CHARACTERS = 100

/** The Content-Length, if the response has one. */
export function statedLength(response: HttpResponse): number | undefined {
  const text = response.header('content-length')
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function faultOf(beginning: Uint8Array, response: HttpResponse): 'empty' | 'no gzip' | undefined {
  if (beginning.length === 0) return 'empty'
  const isPage = /html|json/i.test(response.header('content-type') ?? '')
  return isPage || !isGzip(beginning) ? 'no gzip' : undefined
}

async function errorOf(
  fault: 'empty' | 'no gzip',
  checked: CheckedBody,
  response: HttpResponse,
  redactor: Redactor,
): Promise<VendorError> {
  const { address, status } = response
  if (fault === 'empty') {
    const expected = 'expected a gzip file, which has about 20 bytes even for a day without data'
    return new VendorError(`GET ${address}: the body has 0 bytes, ${expected}`, { retryable: true, status })
  }
  const found = shortened(`${response.header('content-type') ?? 'no content type'}${encodingOf(response)}`)
  const message = `GET ${address}: answered ${found} instead of a gzip file: ${excerptOf(await checked.peek(0))}`
  // A page or a message in place of the file: its sender keeps sending it for a while.
  return new VendorError(redactor.text(message), { retryable: true, isLasting: true, status })
}

function encodingOf(response: HttpResponse): string {
  const encoding = response.header('content-encoding')
  return encoding === undefined ? '' : ` in Content-Encoding ${encoding}`
}

/** Headers come from the vendor and may hold bytes that are no text. */
function shortened(headers: string): string {
  return headers.replace(/[^ -~]/g, '?').slice(0, MAX_HEADER_CHARACTERS)
}

async function* endingWith(chunks: AsyncGenerator<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } finally {
    end()
  }
}
