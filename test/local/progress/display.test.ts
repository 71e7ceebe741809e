import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import sinon from 'sinon'
import { createDisplay } from '../../../functions/local/progress/display.ts'
import type { Log, LogFields } from '../../../functions/runtime/log/log.ts'

function stderrOf(more: object) {
  const writes: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      writes.push(chunk)
      done()
    },
  })
  return { writes, stderr: Object.assign(stream, more) }
}

function recorded() {
  const entries: [message: string, fields: LogFields | undefined][] = []
  const info = (message: string, fields?: LogFields) => void entries.push([message, fields])
  const log = { info } as Partial<Log> as Log
  return { entries, log }
}

const TERMINAL = { isTTY: true, columns: 80, rows: 24 }
const ENV = { LANG: 'C.UTF-8', TERM: 'xterm' }
const item = { venue: 'binance', date: '2024-08-08', dataType: 'trades', symbol: 'BTCUSDT' }

describe('createDisplay', () => {
  let clock: sinon.SinonFakeTimers
  beforeEach(() => {
    clock = sinon.useFakeTimers()
  })
  afterEach(() => clock.restore())

  it('draws at most ten times a second on a terminal, however much happens', () => {
    const { writes, stderr } = stderrOf(TERMINAL)
    using display = createDisplay({ stderr, env: ENV, quiet: false })
    display.start('downloading', recorded().log)
    display.observe({ kind: 'item-started', ...item, estimatedBytes: 1e6 })
    for (let step = 1; step <= 1000; step += 1) {
      clock.tick(1)
      display.observe({ kind: 'item-progress', ...item, sourceBytes: step * 1000, textBytes: step * 9000, rows: step })
    }
    assert.ok(writes.length >= 5 && writes.length <= 11, `${writes.length} writes in a second`)
  })

  it('prints what the log writes above the block, and leaves the terminal as it was', () => {
    const { writes, stderr } = stderrOf(TERMINAL)
    const display = createDisplay({ stderr, env: ENV, quiet: false })
    display.start('downloading', recorded().log)
    display.stream.write('a warning\n')
    clock.tick(130)
    assert.ok(writes.at(-1)!.includes('a warning\n'))
    display.close()
    assert.ok(writes.at(-1)!.endsWith('\x1b[?25h'))
    display.stream.write('later\n')
    assert.equal(writes.at(-1), 'later\n')
    assert.equal(clock.countTimers(), 0)
  })

  it('logs figures every ten seconds into a pipe, and no control codes', () => {
    const { writes, stderr } = stderrOf({})
    const { entries, log } = recorded()
    using display = createDisplay({ stderr, env: ENV, quiet: false })
    display.start('downloading', log)
    display.observe({ kind: 'planned', venue: 'binance', date: '2024-08-08', items: 3, settled: 1, status: 'planned' })
    clock.tick(20_000)
    assert.deepEqual(
      entries.map(([message]) => message),
      ['downloading', 'progress', 'progress'],
    )
    assert.equal(entries[1]![1]!.itemsTotal, 2)
    assert.equal(entries[2]![1]!.elapsedSeconds, 20)
    assert.deepEqual(writes, [])
  })

  for (const [name, stream, env, quiet] of [
    ['quiet', TERMINAL, ENV, true],
    ['a pipe and quiet', {}, ENV, true],
  ] as const) {
    it(`shows nothing when ${name}`, () => {
      const { writes, stderr } = stderrOf(stream)
      const { entries, log } = recorded()
      using display = createDisplay({ stderr, env, quiet })
      display.start('downloading', log)
      clock.tick(60_000)
      assert.deepEqual([writes, entries], [[], []])
    })
  }

  it('takes a dumb terminal for a pipe, and NO_COLOR at its word', () => {
    const dumb = stderrOf(TERMINAL)
    using plain = createDisplay({ stderr: dumb.stderr, env: { ...ENV, TERM: 'dumb' }, quiet: false })
    assert.equal(plain.isLive, false)
    const { writes, stderr } = stderrOf(TERMINAL)
    using display = createDisplay({ stderr, env: { ...ENV, NO_COLOR: '1' }, quiet: false })
    display.start('downloading', recorded().log)
    clock.tick(130)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(writes.join(''), /\x1b\[\d+m/)
  })
})
