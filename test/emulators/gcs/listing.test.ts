import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { listNames, parseListQuery } from '../../../functions/emulators/gcs/listing.ts'

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The list as its documentation says, of names held in memory. */
function expectedPage(names: readonly string[], prefix: string, delimiter: string, start: string, end: string | null) {
  const found = names.filter(name => name.startsWith(prefix) && compare(name, start) >= 0)
  const within = found.filter(name => end === null || compare(name, end) < 0).toSorted(compare)
  const cut = (name: string) => (delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length))
  return {
    names: within.filter(name => cut(name) < 0),
    prefixes: [...new Set(within.filter(name => cut(name) >= 0).map(name => name.slice(0, cut(name) + 1)))],
  }
}

describe('emulators/gcs/listing', () => {
  const names = [
    'a',
    'a-b/c',
    'a.b',
    'b/-',
    'b/0',
    'b/c/1',
    'b/c/2',
    'b/c-d/3',
    'b/c.d',
    'b0',
    'ä/1',
    'ä/2',
    'z/\u{10000}',
    'z/\uffee',
  ]
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gcs-listing-'))
    for (const name of [...names, '.tick-handler/generations']) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), '')
    }
    await mkdir(join(folder, 'empty/folder'), { recursive: true })
  })
  after(() => rm(folder, { recursive: true }))

  it('shows the same names whatever the page size, prefix, delimiter and bounds', async () => {
    const text = fc.constantFrom('', 'a', 'a-', 'b', 'b/', 'b/c', 'b/c/', 'b/c-', 'z', 'ä/', 'zz', '/')
    const bounds = fc.oneof(text, fc.constantFrom(...names))
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom('', '/', '-', 'c'),
        bounds,
        fc.option(bounds),
        fc.integer({ min: 1, max: 20 }),
        async (prefix, delimiter, startOffset, endOffset, maxResults) => {
          const query = {
            prefix,
            delimiter,
            startOffset,
            maxResults: String(maxResults),
            ...(endOffset !== null && { endOffset }),
          }
          const found = { names: [] as string[], prefixes: [] as string[] }
          for (let pageToken = ''; ; ) {
            const page = await listNames(folder, parseListQuery(new URLSearchParams({ ...query, pageToken })))
            assert.ok(page.names.length + page.prefixes.length <= maxResults)
            found.names.push(...page.names)
            found.prefixes.push(...page.prefixes)
            if (page.nextPageToken === undefined) break
            assert.equal(page.names.length + page.prefixes.length, maxResults)
            pageToken = page.nextPageToken
          }
          assert.deepEqual(found, expectedPage(names, prefix, delimiter, startOffset, endOffset))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('refuses invalid page sizes and tokens', () => {
    for (const query of ['maxResults=0', 'maxResults=x', 'maxResults=1.5', 'pageToken=x', 'pageToken=bnVsbA==']) {
      assert.throws(() => parseListQuery(new URLSearchParams(query)), /Invalid value/, query)
    }
  })
})
