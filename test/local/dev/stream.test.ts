import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { createLogStream, readable } from '../../../functions/local/dev/stream.ts'

const ENTRY = {
  timestamp: { seconds: 1_723_075_200, nanos: 499_999_999 },
  severity: 'WARNING',
  'logging.googleapis.com/insertId': '..A',
  'logging.googleapis.com/labels': { function: 'fetch' },
  venue: 'deribit',
  message: 'not complete',
  logName: 'projects/p/logs/winston_log',
}
const PLAIN = { color: false, unicode: true }

describe('local/dev/stream', () => {
  it('shows an entry as the local commands show theirs, without what only Google Cloud wants', () => {
    assert.equal(readable(JSON.stringify(ENTRY), false), '2024-08-08T00:00:00.499Z WARN  not complete venue=deribit')
  })

  it('leaves other lines as they are, and the log library’s own out', () => {
    for (const line of ['no JSON', '{"no": "entry"}', '{"severity":', '']) assert.equal(readable(line, false), line)
    const own = { severity: 'INFO', 'logging.googleapis.com/diagnostic': {} }
    assert.equal(readable(JSON.stringify(own), false), undefined)
  })

  it('puts the part’s name before each line', () => {
    const out = new PassThrough()
    const stream = createLogStream(out, PLAIN)
    stream.line('fetch', 'one')
    stream.line('aggregate', JSON.stringify({ ...ENTRY, error: { message: 'no', stack: 'Error: no\n    at x' } }))
    stream.say('schedule', 'ended by SIGKILL, starting it again')
    const lines = String(out.read()).trimEnd().split('\n')
    assert.equal(lines[0], 'fetch     one')
    assert.ok(lines.slice(1, -1).every(line => line.startsWith('aggregate ')))
    assert.equal(lines.at(-1), 'schedule  ended by SIGKILL, starting it again')
  })
})
