import assert from 'node:assert/strict'
import { formatText } from '../../../functions/runtime/log/log-text.ts'
import type { Plain } from '../../../functions/runtime/log/plain.ts'

const lineOf = (fields: Record<string, Plain>, colour = false) => formatText(0, 'info', 'stored', fields, colour)
const HEAD = '1970-01-01T00:00:00.000Z INFO  stored'

describe('runtime/log/log-text', () => {
  it('leaves out what is for Google Cloud only', () => {
    const fields = { labels: { function: 'fetch' }, 'logging.googleapis.com/trace': 't', labelsOf: 'x', rows: 3 }
    assert.equal(lineOf(fields), `${HEAD} labelsOf=x rows=3`)
  })

  it('shows null, and an object that is no error', () => {
    assert.equal(lineOf({ none: null, block: { reason: 'quota' } }), `${HEAD} none=null block={"reason":"quota"}`)
  })

  it('shows name, message, code and causes of an error on the line, and its stacks below', () => {
    const error = {
      name: 'TypeError',
      message: 'no plan',
      code: 412,
      stack: 'TypeError: no plan\n    at a',
      causes: [{ message: 'reset', stack: 'Error: reset' }],
    }
    assert.equal(
      lineOf({ error }),
      `${HEAD} error="TypeError: no plan [412]; caused by reset"\n    TypeError: no plan\n        at a\n    Error: reset`,
    )
    assert.equal(lineOf({ error: { message: 'reset' } }), `${HEAD} error="reset"`)
  })

  it('dims the time and the names of fields, and colours the level', () => {
    const dim = (text: string) => `\u001b[2m${text}\u001b[22m`
    const time = dim('1970-01-01T00:00:00.000Z')
    assert.equal(lineOf({ rows: 3 }, true), `${time} \u001b[32mINFO \u001b[39m stored ${dim('rows=')}3`)
  })
})
