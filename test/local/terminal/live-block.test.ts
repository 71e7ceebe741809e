import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { LiveBlock } from '../../../functions/local/terminal/live-block.ts'

/** Records each write, as a terminal of some width would get it. */
function terminal(columns: number) {
  const writes: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      writes.push(chunk)
      done()
    },
  })
  return { writes, stream: Object.assign(stream, { columns, isTTY: true }) }
}

const HIDE = '\x1b[?25l'
const SHOW = '\x1b[?25h'

describe('LiveBlock', () => {
  it('hides the cursor, draws over itself in one write a frame, and gives the cursor back', () => {
    const { writes, stream } = terminal(80)
    const block = new LiveBlock(stream)
    block.draw(['one', 'two'])
    block.draw(['three'])
    block.close()
    assert.deepEqual(writes, [`${HIDE}one\x1b[K\ntwo\x1b[K\x1b[J`, '\r\x1b[1Athree\x1b[K\x1b[J', `\r\x1b[J${SHOW}`])
  })

  it('writes nothing for a frame that looks the same', () => {
    const { writes, stream } = terminal(80)
    const block = new LiveBlock(stream)
    for (let frame = 0; frame < 5; frame += 1) block.draw(['same'])
    assert.equal(writes.length, 1)
    block.close()
  })

  it('prints above the block in the same write that draws it anew', () => {
    const { writes, stream } = terminal(80)
    const block = new LiveBlock(stream)
    block.draw(['bar'])
    block.print('a line of the log')
    block.print('another\n')
    assert.equal(writes.length, 1)
    block.draw(['bar'])
    assert.equal(writes[1], '\r\x1b[Ja line of the log\nanother\nbar\x1b[K\x1b[J')
    block.close()
  })

  it('loses no line that was still to be printed when it closes', () => {
    const { writes, stream } = terminal(80)
    const block = new LiveBlock(stream)
    block.draw(['bar'])
    block.print('the last words')
    block.close()
    assert.equal(writes[1], `\r\x1b[Jthe last words\n${SHOW}`)
    block.close()
    assert.equal(writes.length, 2)
  })

  it('goes up as many rows as its lines took after the terminal became narrower', () => {
    const { writes, stream } = terminal(80)
    const block = new LiveBlock(stream)
    block.draw(['x'.repeat(70), '\x1b[36myy\x1b[0m'])
    stream.columns = 30
    block.draw(['z'])
    assert.equal(writes[1], '\r\x1b[3Az\x1b[K\x1b[J')
    block.close()
  })

  it('listens for the process to exit only while it stands', () => {
    const before = process.listenerCount('exit')
    const block = new LiveBlock(terminal(80).stream)
    block.draw(['bar'])
    assert.equal(process.listenerCount('exit'), before + 1)
    block.close()
    assert.equal(process.listenerCount('exit'), before)
  })
})
