import assert from 'node:assert/strict'
import { traceFields } from '../../../functions/runtime/log/trace.ts'

const ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('runtime/log/trace', () => {
  it('reads traceparent', () => {
    assert.deepEqual(traceFields(`00-${ID}-${SPAN}-01`, 'team-42'), {
      'logging.googleapis.com/trace': `projects/team-42/traces/${ID}`,
      'logging.googleapis.com/spanId': SPAN,
      'logging.googleapis.com/trace_sampled': true,
    })
  })

  it('holds the bare id where no project is known', () => {
    const fields = traceFields(`00-${ID}-${SPAN}-00`)
    assert.equal(fields['logging.googleapis.com/trace'], ID)
    assert.equal(fields['logging.googleapis.com/trace_sampled'], false)
  })

  it('keeps ids that begin or end with zeros', () => {
    const span = `00${SPAN.slice(4)}00`
    const id = `00${ID.slice(4)}00`
    const fields = traceFields(`00-${id}-${span}-01`)
    assert.equal(fields['logging.googleapis.com/trace'], id)
    assert.equal(fields['logging.googleapis.com/spanId'], span)
  })

  it('returns no fields for a header that is missing or invalid', () => {
    const zero = '0'.repeat(32)
    for (const text of [
      undefined,
      '',
      'x',
      `00-${zero}-${SPAN}-01`,
      `00-${ID}-${'0'.repeat(16)}-01`,
      `${ID}\n`,
      `00-${ID}`,
      `x00-${ID}-${SPAN}-01`,
      `00-${ID}-${SPAN}-01x`,
    ]) {
      assert.deepEqual(traceFields(text), {}, text)
    }
  })
})
