import assert from 'node:assert/strict'
import { fstatSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { committed, someBytes } from '../../support/bucket-suite.ts'
import { watchFs } from '../../support/failing-fs.ts'
import { type OpenFolder, openTemporaryFolder } from './temporary-folder.ts'

const TYPE = { contentType: 'application/octet-stream' }

/** What survives a power failure follows from the order of these calls; no test can cut the power. */
describe('the order in which a folder bucket reaches the disk', () => {
  let opened: OpenFolder
  let events: string[]
  let watched: DisposableStack

  beforeEach(async () => {
    opened = await openTemporaryFolder()
    events = []
    watched = new DisposableStack()
    watched.use(watchFs('fdatasync', () => events.push('content')))
    watched.use(watchFs('fsync', ([fd]) => events.push(`folder ${folderOf(opened.folder, Number(fd))}`)))
    watched.use(
      watchFs('renameSync', ([, to]) => {
        if (!String(to).includes('.tick-handler')) events.push(`rename ${relative(opened.folder, String(to))}`)
      }),
    )
  })
  afterEach(async () => {
    watched.dispose()
    await opened.close()
  })

  async function stream(name: string, bytes: number): Promise<void> {
    const writer = opened.bucket.createWriter(name, ABSENT, TYPE)
    await writer.write(someBytes(bytes))
    committed(await writer.commit())
  }

  for (const bytes of [10, 1_000_000]) {
    it(`is content, then rename, for a stream of ${bytes} bytes`, async () => {
      await stream('a/b/c', bytes)
      assert.deepEqual(events, ['content', 'rename a/b/c'])
    })
  }

  it('is the folders of all streams, then the whole object, then its folder', async () => {
    await stream('a/b/c', 10)
    await stream('a/b/d', 10)
    events.length = 0
    committed(await opened.bucket.write('e/f', someBytes(5), ABSENT, TYPE))
    const [before, after] = [events.slice(0, 3).sort(), events.slice(3)]
    assert.deepEqual(before, ['folder .', 'folder a', 'folder a/b'])
    assert.deepEqual(after.slice(0, 2), ['content', 'rename e/f'])
    assert.deepEqual(after.slice(2).sort(), ['folder .', 'folder e'])
  })

  it('waits for the folders that another write is about to sync', async () => {
    await stream('a/b', 10)
    const [first, second] = [
      opened.bucket.write('c', someBytes(5), ABSENT, TYPE),
      opened.bucket.write('d', someBytes(5), ABSENT, TYPE),
    ]
    committed(await first)
    committed(await second)
    const synced = events.indexOf('folder a')
    for (const rename of ['rename c', 'rename d']) assert.ok(events.indexOf(rename) > synced, events.join())
  })

  it('ends with the folders of what was streamed last', async () => {
    await stream('a/b', 10)
    events.length = 0
    await opened.reopen()
    assert.deepEqual(events.sort(), ['folder .', 'folder a'])
  })
})

/** The folder that is open, by its place below `root`. */
function folderOf(root: string, fd: number): string {
  const below = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return ['.', ...below].find(name => statSync(join(root, name)).ino === fstatSync(fd).ino) ?? 'unknown'
}
