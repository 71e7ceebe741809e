import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { crc32c, crc32cText } from '../../../functions/storage/crc32c.ts'
import { BUCKET, type Served, serveFolder } from './with-server.ts'

const CONTENT = '123456789'
const md5Of = (text: string) => createHash('md5').update(text).digest('base64')
const crcOf = (text: string) => crc32cText(crc32c(Buffer.from(text)))

/** What an upload states of its content. */
interface Stated {
  readonly metadata?: { readonly crc32c?: string; readonly md5Hash?: string }
  readonly headers?: Readonly<Record<string, string>>
}

/** Every place where a checksum can be stated, with the checksum of this text. */
const STATED: Readonly<Record<string, (text: string) => Stated>> = {
  'crc32c in the metadata': text => ({ metadata: { crc32c: crcOf(text) } }),
  'md5Hash in the metadata': text => ({ metadata: { md5Hash: md5Of(text) } }),
  'crc32c in X-Goog-Hash': text => ({ headers: { 'x-goog-hash': `crc32c=${crcOf(text)}` } }),
  'md5 in X-Goog-Hash': text => ({ headers: { 'x-goog-hash': `md5=${md5Of(text)}` } }),
  'md5 in X-Goog-Hash, after crc32c': text => ({
    headers: { 'x-goog-hash': `crc32c=${crcOf(CONTENT)}, md5=${md5Of(text)}` },
  }),
  'Content-MD5': text => ({ headers: { 'content-md5': md5Of(text) } }),
}

type Upload = (served: Served, stated: Stated) => Promise<Response>
const PATH = `/upload/storage/v1/b/${BUCKET}/o?name=a&uploadType`

const media: Upload = (served, { headers = {} }) => served.call('POST', `${PATH}=media`, { headers, body: CONTENT })

const multipart: Upload = (served, { headers = {}, metadata = {} }) => {
  const type = { 'content-type': 'multipart/related; boundary=b' }
  const part = `--b\r\ncontent-type: application/json\r\n\r\n${JSON.stringify({ name: 'a', ...metadata })}\r\n`
  const body = `${part}--b\r\ncontent-type: text/plain\r\n\r\n${CONTENT}\r\n--b--`
  return served.call('POST', `${PATH}=multipart`, { headers: { ...type, ...headers }, body })
}

const resumable: Upload = async (served, { headers = {}, metadata = {} }) => {
  const opened = await served.call('POST', `${PATH}=resumable`, { body: JSON.stringify(metadata) })
  const range = { 'content-range': `bytes 0-${CONTENT.length - 1}/${CONTENT.length}` }
  return served.call('PUT', opened.headers.get('location')!, { headers: { ...range, ...headers }, body: CONTENT })
}

const IN_HEADERS = ['crc32c in X-Goog-Hash', 'md5 in X-Goog-Hash', 'md5 in X-Goog-Hash, after crc32c']
const IN_METADATA = ['crc32c in the metadata', 'md5Hash in the metadata']
const UPLOADS: readonly (readonly [string, Upload, readonly string[]])[] = [
  ['media', media, [...IN_HEADERS, 'Content-MD5']],
  ['multipart', multipart, [...IN_HEADERS, ...IN_METADATA]],
  ['resumable', resumable, [...IN_HEADERS, ...IN_METADATA]],
]

describe('emulators/gcs: the checksum that an upload states', () => {
  let served: Served
  beforeEach(async () => {
    served = await serveFolder()
  })
  afterEach(() => served.close())

  for (const [kind, upload, places] of UPLOADS) {
    for (const place of places) {
      it(`is compared: ${kind}, ${place}`, async () => {
        const refused = await upload(served, STATED[place]!('another'))
        assert.equal(refused.status, 400)
        assert.match(await refused.text(), /doesn't match calculated/)
        assert.equal((await served.get('a')).status, 404)
        assert.equal((await upload(served, STATED[place]!(CONTENT))).status, 200)
        assert.equal((await served.get('a')).body.crc32c, crcOf(CONTENT))
      })
    }
  }
})
