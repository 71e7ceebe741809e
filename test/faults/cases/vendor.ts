import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { WORKING_GRACE_MS } from '../../../functions/fetch/batch-time.ts'
import type { VendorFault } from '../../support/faulty-vendor.ts'
import { exchangeDetails, KEY, tradesText } from '../market.ts'
import type { Rig } from '../rig.ts'
import type { FaultCase, Outcome } from './fault-case.ts'
import * as faults from './vendor-faults.ts'

const ALWAYS = Number.POSITIVE_INFINITY

/** What the first request for B's file meets, and then no more: all comes right by itself. */
const PASSING: Readonly<Record<string, VendorFault>> = {
  'reset before an answer': faults.resetBefore,
  'reset in the body': faults.resetWithin,
  'stalled before an answer': faults.stalledBefore,
  'stalled in the body': faults.stalledWithin,
  'truncated: shorter than its Content-Length': faults.shorterThanStated,
  'truncated inside the gzip': faults.cutInsideGzip,
  'truncated at a gzip member boundary': faults.cutAtMember,
  'corrupt gzip CRC': faults.wrongCrc,
  'a flipped bit': faults.flippedBit,
  'a web page instead of gzip': faults.page,
  'JSON instead of gzip': faults.jsonError,
  'a body of 0 bytes': faults.noBytes(true),
  'a body of 0 bytes without Content-Length': faults.noBytes(false),
  'gzip once more around the file': faults.wrapped,
  '408': faults.answer(408),
  '429 with Retry-After': faults.answer(429, { 'retry-after': '7' }),
  '429 without Retry-After': faults.answer(429),
  '500': faults.answer(500),
  '503 with Retry-After': faults.answer(503, { 'retry-after': '3' }),
  'slow drip': faults.drip,
}

/** What every request for B's file meets: the manifest says so. */
const LASTING: readonly (readonly [string, VendorFault, Outcome])[] = [
  ['reset before an answer', faults.resetBefore, { items: { B: 'failed' }, deadLetters: 1, mentions: /no answer/ }],
  ['reset in the body', faults.resetWithin, { items: { B: 'failed' }, deadLetters: 1, mentions: /broke off/ }],
  ['truncated inside the gzip', faults.cutInsideGzip, { items: { B: 'failed' }, deadLetters: 1, mentions: /gzip/ }],
  ['truncated at a gzip member boundary', faults.cutAtMember, { items: { B: 'failed' }, deadLetters: 1 }],
  ['corrupt gzip CRC', faults.wrongCrc, { items: { B: 'failed' }, deadLetters: 1, mentions: /CRC-32/ }],
  ['a web page instead of gzip', faults.page, { items: { B: 'failed' }, deadLetters: 1, mentions: /Just a moment/ }],
  ['a body of 0 bytes', faults.noBytes(true), { items: { B: 'failed' }, deadLetters: 1, mentions: /0 bytes/ }],
  ['500', faults.answer(500), { items: { B: 'failed' }, deadLetters: 1, mentions: /answered 500/ }],
  ['403', faults.answer(403), { items: { B: 'forbidden' }, mentions: /answered 403/ }],
  ['418', faults.answer(418), { items: { B: 'failed' }, mentions: /answered 418/ }],
  ['206', faults.answer(206), { items: { B: 'failed' }, mentions: /answered 206/ }],
  [
    'redirects in a circle',
    faults.answer(302, { location: 'B.csv.gz' }),
    { items: { B: 'failed' }, mentions: /redirects/ },
  ],
  ['a redirect to nowhere', faults.answer(302), { items: { B: 'failed' }, mentions: /usable Location/ }],
  ['wrong header', faults.wrongHeader, { items: { B: 'failed' }, mentions: /line 1/ }],
  ['a row with a cell too many', faults.raggedRow, { items: { B: 'failed' }, mentions: /line 2/ }],
  ['a row with cells missing', faults.shortRow, { items: { B: 'failed' }, mentions: /line 2/ }],
  ['a price that is no number', faults.badNumber, { items: { B: 'failed' }, mentions: /line 2/ }],
  ['a text that is not UTF-8', faults.notUtf8, { items: { B: 'failed' }, mentions: /line 2, column id: .*bytes e9/ }],
  ['a header without columns', faults.missingColumns, { items: { B: 'failed' }, mentions: /found no price, amount/ }],
  ['lines that end in CR alone', faults.loneReturns, { items: { B: 'failed' }, mentions: /not CR alone/ }],
  ['a blank line between rows', faults.blankLineBetween, { items: { B: 'failed' }, mentions: /line 3: .*blank line/ }],
  ['an over-long line', faults.overLongLine, { items: { B: 'failed' }, mentions: /at most 1048576 bytes/ }],
]

const metadata = (details: object | string): VendorFault => {
  const body = typeof details === 'string' ? details : JSON.stringify(details)
  return faults.answer(200, { 'content-type': 'application/json' }, body)
}
const withSymbol = (symbol: object, others = ['A']) => {
  const details = exchangeDetails(others) as { datasets: { symbols: object[] } }
  details.datasets.symbols.push(symbol)
  return metadata(details)
}
const besideAll = (symbol: object) => withSymbol(symbol, ['A', 'B', 'C'])
/** The entry is left out, which the log says, and everything else is done. */
const SKIPS: Outcome = { mentions: /skipped entries/ }
const NO_PLAN: Outcome = { day: 'none', deadLetters: 1 }

/** What the vendor says of the venue, each time it is asked. */
const METADATA: readonly (readonly [string, VendorFault, Outcome])[] = [
  ['not JSON', metadata('<html>moved</html>'), NO_PLAN],
  ['cut off', metadata('{"id":"binance","datasets":{"exportedUntil":"2024-08'), NO_PLAN],
  ['an empty object', metadata('{}'), NO_PLAN],
  ['symbols that are no list', metadata({ datasets: { exportedUntil: '2024-08-10', symbols: 'all' } }), NO_PLAN],
  ['a date that is none', metadata(exchangeDetails(['A'], 'tomorrow')), NO_PLAN],
  ['a symbol without a name', besideAll({ id: '', availableSince: '2020-01-01', dataTypes: ['trades'] }), SKIPS],
  ['a symbol without availableSince', besideAll({ id: 'X', dataTypes: ['trades'] }), SKIPS],
  ['an odd availableSince', besideAll({ id: 'X', availableSince: 'launch', dataTypes: ['trades'] }), SKIPS],
  ['null as data types', besideAll({ id: 'X', availableSince: '2020-01-01', dataTypes: null }), SKIPS],
  [
    'an incident with an odd date',
    metadata({ ...exchangeDetails(['A', 'B', 'C']), incidentReports: [{ from: 'x' }] }),
    SKIPS,
  ],
  ['500', faults.answer(500), NO_PLAN],
  ['403', faults.answer(403), NO_PLAN],
  ['no such venue', faults.answer(400), { day: 'none', rejected: 1 }],
  ['a day not exported yet', metadata(exchangeDetails(['A', 'B', 'C'], '2024-08-08')), { day: 'pending' }],
  [
    'a symbol ../../..',
    withSymbol({ id: '../../../etc/passwd', availableSince: '2020-01-01', dataTypes: ['trades'] }),
    { items: { '..-..-..-ETC-PASSWD': 'missing' } },
  ],
  [
    'a symbol ..',
    withSymbol({ id: '..', availableSince: '2020-01-01', dataTypes: ['trades'] }),
    { day: 'incomplete', items: { '..': 'failed' } },
  ],
  [
    'a symbol of 300 letters',
    withSymbol({ id: 'X'.repeat(300), availableSince: '2020-01-01', dataTypes: ['trades'] }),
    { day: 'incomplete', items: { ['X'.repeat(300)]: 'failed' } },
  ],
  [
    'a symbol with a line break',
    withSymbol({ id: 'X\nY', availableSince: '2020-01-01', dataTypes: ['trades'] }),
    { items: { 'X\nY': 'missing' } },
  ],
]

/** Symbols that the vendor made up stay in the plan, so the day is not the undisturbed one's afterwards. */
const isOther = (outcome: Outcome) => outcome.items !== undefined || outcome.day === 'pending'

export const VENDOR_CASES: readonly FaultCase[] = [
  ...Object.entries(PASSING).map(
    ([fault, what]): FaultCase => ({
      stage: 'vendor',
      fault,
      often: 'once',
      plant: rig => rig.vendor.plant('B', what),
    }),
  ),
  ...LASTING.map(
    ([fault, what, outcome]): FaultCase => ({
      stage: 'vendor',
      fault,
      often: 'always',
      plant: rig => rig.vendor.plant('B', what, ALWAYS),
      outcome: { day: 'incomplete', ...outcome },
    }),
  ),
  ...METADATA.map(
    ([fault, what, outcome]): FaultCase => ({
      stage: 'vendor',
      fault: `metadata: ${fault}`,
      often: 'always',
      plant: rig => rig.vendor.plant('exchange', what, ALWAYS),
      outcome,
      otherData: isOther(outcome) && outcome.day !== 'pending',
    }),
  ),
  {
    stage: 'vendor',
    fault: 'metadata: cut off',
    often: 'once',
    plant: rig => rig.vendor.plant('exchange', faults.resetWithin),
  },
  {
    stage: 'vendor',
    fault: 'metadata: a name without end',
    often: 'always',
    plant: rig => rig.vendor.plant('exchange', faults.endlessText, ALWAYS),
    outcome: { ...NO_PLAN, mentions: /longer than 1048576 bytes/ },
  },
  {
    stage: 'vendor',
    fault: 'gzip once more around the file',
    often: 'always',
    plant: rig => rig.vendor.plant('B', faults.wrapped, ALWAYS),
  },
  {
    stage: 'vendor',
    fault: '404',
    often: 'always',
    plant: rig => rig.vendor.plant('B', faults.answer(404), ALWAYS),
    outcome: { items: { B: 'missing' } },
    healedBy: 'force',
  },
  {
    stage: 'vendor',
    fault: '401',
    often: 'once',
    plant: rig => refusingLast(rig, faults.answer(401)),
    // Nothing is requested any more, until the block is over.
    outcome: { day: 'incomplete', items: { C: 'pending' } },
  },
  {
    stage: 'vendor',
    fault: '401',
    often: 'always',
    plant: rig => refusingLast(rig, faults.answer(401), ALWAYS),
    outcome: {
      day: 'incomplete',
      items: { C: 'pending' },
      mentions: /vendor_key_refused.*with an API key: answered 401/,
    },
  },
  {
    stage: 'vendor',
    fault: '429 without Retry-After',
    often: 'always',
    plant: rig => refusingLast(rig, faults.answer(429), ALWAYS),
    outcome: { day: 'incomplete', items: { C: 'pending' }, mentions: /vendor_quota.*429/ },
  },
  {
    stage: 'vendor',
    fault: 'refused',
    often: 'always',
    plant: refusing,
    outcome: {
      day: 'incomplete',
      items: { A: 'failed', B: 'failed', C: 'failed' },
      deadLetters: 2,
      mentions: /connection refused/,
    },
  },
  {
    stage: 'vendor',
    fault: 'redirect on the same host',
    often: 'once',
    plant: rig =>
      rig.vendor.plant(
        'B',
        ({ request, response }) => void response.writeHead(302, { location: `${request.url}?again` }).end(),
      ),
  },
  { stage: 'vendor', fault: 'redirect to another host', often: 'always', plant: redirectingAway },
  {
    stage: 'vendor',
    fault: 'endless body',
    often: 'always',
    plant: rig => {
      let isOver = false
      const deadlineAfter = (sent: number) => {
        if (sent === 0) isOver = false
        if (isOver || sent < 4_000_000) return
        isOver = true
        rig.clock.advance(rig.config.deadlineMs + WORKING_GRACE_MS)
      }
      return rig.vendor.plant('B', faults.endless(deadlineAfter), ALWAYS)
    },
    run: rig => rig.run({ symbols: ['B'] }),
    outcome: { day: 'incomplete', items: { B: 'failed' }, mentions: /all the time that one delivery has/ },
  },
  {
    stage: 'vendor',
    fault: 'a file that changes between attempts',
    often: 'always',
    minFired: 2,
    otherData: true,
    plant: rig => {
      const later = gzipSync(tradesText('B', 30_000, 77))
      rig.vendor.files.set('B', later)
      return rig.vendor.plant('B', faults.changing(later), ALWAYS)
    },
  },
]

/** The response to the request for C, after A and B are stored: a refusal stops what else is in work. */
async function refusingLast(rig: Rig, fault: VendorFault, times = 1) {
  await rig.useOneInstance()
  return rig.vendor.plant('C', fault, times)
}

/** A port without a listener. */
async function refusing(rig: Rig) {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  rig.datasetsUrl = `http://127.0.0.1:${port}/v1`
  return {
    get fired() {
      return rig.log.soFar().includes('connection refused') ? 1 : 0
    },
  }
}

/** Another host (another port) that has the file, and must not be shown the key. */
async function redirectingAway(rig: Rig) {
  const other = createServer((request, response) => {
    const sentKey = JSON.stringify(request.headers).includes(KEY)
    if (sentKey) response.writeHead(500).end()
    else response.writeHead(200, { 'content-type': 'application/gzip' }).end(rig.vendor.files.get('B'))
  })
  other.listen(0, '127.0.0.1').unref()
  await new Promise(resolve => other.once('listening', resolve))
  const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/B.csv.gz`
  return rig.vendor.plant('B', ({ response }) => void response.writeHead(302, { location }).end(), ALWAYS)
}
