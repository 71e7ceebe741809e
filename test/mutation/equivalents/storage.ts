import { type Equivalent, inFile } from '../score.ts'

export const STORAGE: readonly Equivalent[] = [
  ...inFile('functions/storage/gcs-api.ts', [
    {
      text: 'if ((status >= 200 && status < 300) || request.accept?.includes(status)) return response',
      to: 'true',
      why: 'undici gives no response with a status below 200',
    },
    {
      text: 'body: body.length > 1 ? Readable.from(body, { objectMode: false }) : (body[0] ?? null),',
      why: 'a stream of one piece, or of none, sends the same bytes',
    },
    {
      text: 'return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes)',
      to: 'false',
      why: 'a copy of the only piece has the same bytes',
    },
    {
      text: 'this.#token += 1',
      to: 'this.#token -= 1',
      why: 'a number of a token is compared with others only, and never comes again',
    },
  ]),
  ...inFile('functions/storage/gcs-credentials.ts', [
    {
      text: "return typeof code === 'string' && NETWORK_CODES.has(code)",
      to: 'true',
      why: 'what is no text is not among the codes',
    },
  ]),
  ...inFile('functions/storage/gcs-failure.ts', [
    {
      text: 'const message: unknown = JSON.parse(text).error?.message',
      to: 'JSON.parse(text).error.message',
      why: 'what is thrown for a body without an error is caught',
    },
  ]),
  ...inFile('functions/storage/names.ts', [
    {
      text: "const date = folder.slice(0, -1).split('/date=').at(-1) ?? ''",
      to: '"Stryker was here!"',
      why: 'a text that is split has a last part',
    },
  ]),
  ...inFile('functions/storage/table-names.ts', [
    {
      text: "const [venue = '', date = ''] = name.slice(dayNotesPrefix(prefix, kind).length, -'.json'.length).split('/date=')",
      to: '"Stryker was here!"',
      why: 'neither text is a venue or a day',
    },
  ]),
]
