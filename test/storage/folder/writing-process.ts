import { ABSENT } from '../../../functions/storage/bucket.ts'
import { openFolderBucket } from '../../../functions/storage/folder/folder-bucket.ts'
import { someBytes } from '../../support/bucket-suite.ts'

/**
 * A process to be killed: writes five objects over and over, each second time as a stream, and prints each name with its
 * generation once it is committed. Prints why it does not start.
 */
const [folder = '', seed = '0'] = process.argv.slice(2)
const TYPE = { contentType: 'application/octet-stream' }
try {
  const bucket = await openFolderBucket({ folder })
  console.log('open')
  for (let n = Number(seed); ; n++) {
    const name = `folder-${n % 2}/object-${n % 5}`
    const present = (await bucket.stat(name))?.generation ?? ABSENT
    const content = someBytes(1 + ((n * 7919) % 600_000), n)
    const written =
      n % 3 === 0 ? await bucket.write(name, content, present, TYPE) : await stream(name, content, present)
    if (written.outcome !== 'committed') throw new Error(`${name}: ${written.outcome}`)
    console.log(`${name} ${written.object.generation}`)
  }

  async function stream(name: string, content: Uint8Array, present: string) {
    const writer = bucket.createWriter(name, present, TYPE)
    for (let at = 0; at < content.length; at += 50_000) await writer.write(content.subarray(at, at + 50_000))
    return writer.commit()
  }
} catch (error) {
  console.log((error as Error).message)
  process.exitCode = 1
}
