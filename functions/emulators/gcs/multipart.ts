import { invalid } from './api-error.ts'

const MAX_HEAD_BYTES = 1024 * 1024

/** A multipart/related upload: the metadata's text, the media's type, and the media's bytes as they arrive. */
export interface Multipart {
  readonly metadata: string
  readonly contentType: string | undefined
  readonly media: AsyncIterable<Buffer>
}

/**
 * Splits a body of two parts (RFC 2387, https://www.rfc-editor.org/rfc/rfc2046#section-5.1). Memory: the metadata,
 * and one piece of the body with the length of the boundary.
 *
 * @throws ApiError 400 for another shape. Where the closing boundary is missing, reading `media` throws it.
 */
export async function parseMultipart(body: AsyncIterable<Buffer>, contentType: string): Promise<Multipart> {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType)
  if (!boundary) throw invalid(`content type ${contentType} names no boundary`)
  const reader = new BodyReader(body)
  const delimiter = `--${boundary[1] ?? boundary[2]}`
  await reader.until(delimiter)
  await reader.until('\r\n\r\n')
  const metadata = await reader.until(`\r\n${delimiter}`)
  const head = await reader.until('\r\n\r\n')
  const type = /^content-type:[ \t]*(.+?)[ \t]*$/im.exec(head)?.[1]
  return { metadata, contentType: type, media: reader.streamUntil(`\r\n${delimiter}`) }
}

class BodyReader {
  readonly #body: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(body: AsyncIterable<Buffer>) {
    this.#body = body[Symbol.asyncIterator]()
  }

  async #pull(): Promise<boolean> {
    const { done, value } = await this.#body.next()
    if (done) return false
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, value]) : value
    return true
  }

  async until(mark: string): Promise<string> {
    let at = this.#held.indexOf(mark)
    for (; at < 0; at = this.#held.indexOf(mark)) {
      if (this.#held.length > MAX_HEAD_BYTES) throw invalid(`multipart body has no ${JSON.stringify(mark)} in its head`)
      if (!(await this.#pull())) throw invalid(`multipart body ends before ${JSON.stringify(mark)}`)
    }
    const text = this.#held.toString('utf8', 0, at)
    this.#held = this.#held.subarray(at + Buffer.byteLength(mark))
    return text
  }

  async *streamUntil(mark: string): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      // The end of what is held may be the beginning of the mark.
      const sure = at >= 0 ? at : this.#held.length - mark.length + 1
      if (sure > 0) {
        yield this.#held.subarray(0, sure)
        this.#held = this.#held.subarray(sure)
      }
      if (at >= 0) break
      if (!(await this.#pull())) throw invalid('multipart body ends before its closing boundary')
    }
    while (!(await this.#body.next()).done);
  }
}
