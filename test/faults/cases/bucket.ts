import { handleCompletion } from '../../../functions/aggregate/handler.ts'
import { handleVenueDay } from '../../../functions/fetch/handler.ts'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { type Fault, type PassedRequest, plant } from '../../support/fault-proxy.ts'
import { CHUNK_BYTES, DAY } from '../market.ts'
import type { Rig } from '../rig.ts'
import type { FaultCase, Outcome, Planted } from './fault-case.ts'

type Matches = (request: PassedRequest) => boolean

const about = ({ url }: PassedRequest, part: string) => decodeURIComponent(url).includes(part)
const range = ({ headers }: PassedRequest) => String(headers['content-range'])
const isInsert =
  (part: string): Matches =>
  request =>
    request.url.includes('uploadType=multipart') && about(request, part)
const isChunkOfB: Matches = request =>
  request.method === 'PUT' && about(request, 'B.parquet') && !range(request).startsWith('bytes */')

/** The requests that faults are planted in. */
const PLACES: Readonly<Record<string, Matches>> = {
  'reading the plan': request => request.method === 'GET' && about(request, 'plan.json'),
  'writing the plan': isInsert('plan.json'),
  'looking for an object': request => request.method === 'GET' && about(request, 'B.parquet'),
  'opening an upload': request =>
    request.url.includes('uploadType=resumable') && request.method === 'POST' && about(request, 'B.parquet'),
  'first chunk': request => isChunkOfB(request) && range(request).startsWith('bytes 0-'),
  'middle chunk': request => isChunkOfB(request) && range(request).startsWith(`bytes ${CHUNK_BYTES}-`),
  'last chunk': request => isChunkOfB(request) && /\/\d+$/.test(range(request)),
  'writing a receipt': isInsert('/receipts/'),
  'writing the manifest': isInsert('manifest.json'),
}

const FAULTS: Readonly<Record<string, Fault>> = {
  '408': { answer: 408 },
  '429': { answer: 429, headers: { 'retry-after': '0' } },
  '503': { answer: 503, body: '{"error":{"message":"Backend Error"}}' },
  reset: 'reset',
  'cut half-way': 'cut-request',
  'success whose answer is lost': 'lose-answer',
  'an answer cut half-way': 'cut-answer',
  stalled: 'stall',
  'damaged on the way there': {
    damage: body => Buffer.from(body.map((byte, at) => (at === body.length >> 1 ? byte ^ 1 : byte))),
  },
  'damaged on the way back': { change: body => Buffer.from(body.map((byte, at) => (at === 5 ? byte ^ 1 : byte))) },
  'another checksum than was sent': {
    change: body => Buffer.from(body.toString().replace(/"crc32c":"[^"]+"/, '"crc32c":"AAAAAA=="')),
  },
  '412 without a rival': { answer: 412 },
  '401': { answer: 401 },
  '403': { answer: 403 },
  'no space': { answer: 507, body: '{"error":{"message":"no space left"}}' },
}

/** Once, and all comes out as if nothing had been. */
const PASSING: readonly (readonly [fault: string, place: string])[] = [
  ['408', 'writing the plan'],
  ['408', 'middle chunk'],
  ['429', 'opening an upload'],
  ['429', 'writing a receipt'],
  ['503', 'looking for an object'],
  ['503', 'last chunk'],
  ['503', 'writing the manifest'],
  ['reset', 'opening an upload'],
  ['reset', 'first chunk'],
  ['reset', 'middle chunk'],
  ['reset', 'last chunk'],
  ['reset', 'writing a receipt'],
  ['cut half-way', 'first chunk'],
  ['cut half-way', 'last chunk'],
  ['cut half-way', 'writing the manifest'],
  ['success whose answer is lost', 'writing the plan'],
  ['success whose answer is lost', 'first chunk'],
  ['success whose answer is lost', 'last chunk'],
  ['success whose answer is lost', 'writing a receipt'],
  ['success whose answer is lost', 'writing the manifest'],
  ['an answer cut half-way', 'reading the plan'],
  ['an answer cut half-way', 'last chunk'],
  ['stalled', 'reading the plan'],
  ['stalled', 'last chunk'],
  ['stalled', 'writing a receipt'],
  ['damaged on the way there', 'last chunk'],
  ['damaged on the way there', 'writing a receipt'],
  ['damaged on the way back', 'reading the plan'],
  ['another checksum than was sent', 'last chunk'],
  ['another checksum than was sent', 'writing the manifest'],
  ['412 without a rival', 'writing the plan'],
  ['412 without a rival', 'last chunk'],
  ['412 without a rival', 'writing a receipt'],
  ['412 without a rival', 'writing the manifest'],
  ['401', 'writing a receipt'],
]

const NOTHING: Outcome = { day: 'none', deadLetters: 1 }
/** A refusal that lasts is reported once: the message is not delivered again for it. */
const REFUSED_B: Outcome = { day: 'incomplete', items: { B: 'failed' } }
const NO_B: Outcome = { ...REFUSED_B, deadLetters: 1 }
/** Three completions: the plan's and one of each batch. */
const NO_MANIFEST: Outcome = { day: 'none', deadLetters: 3 }
const NO_RECEIPTS: Outcome = {
  day: 'incomplete',
  items: { A: 'pending', B: 'pending', C: 'pending' },
  deadLetters: 2,
}

const LASTING: readonly (readonly [fault: string, place: string, outcome: Outcome])[] = [
  ['503', 'writing the plan', NOTHING],
  ['401', 'writing the plan', NOTHING],
  ['stalled', 'reading the plan', NOTHING],
  ['503', 'first chunk', NO_B],
  ['reset', 'last chunk', NO_B],
  ['stalled', 'middle chunk', NO_B],
  ['403', 'opening an upload', REFUSED_B],
  ['no space', 'last chunk', REFUSED_B],
  ['another checksum than was sent', 'last chunk', NO_B],
  ['503', 'writing a receipt', NO_RECEIPTS],
  ['no space', 'writing a receipt', NO_RECEIPTS],
  ['503', 'writing the manifest', NO_MANIFEST],
  ['403', 'writing the manifest', NO_MANIFEST],
]

function plantAlways({ proxy }: Rig, fault: Fault, matches: Matches): Planted {
  const planted = { fired: 0 }
  proxy.choose = request => {
    if (!matches(request)) return undefined
    planted.fired += 1
    return fault
  }
  return planted
}

const OBJECT_B = `ticks/data_type=trades/venue=${DAY.venue}/date=${DAY.date}/B.parquet`

/** Somebody else's write comes between the reading and the writing of ours. */
function rival(rig: Rig, place: string, write: (rig: Rig) => Promise<unknown>): Planted {
  const planted = { fired: 0 }
  rig.proxy.choose = request => {
    if (planted.fired > 0 || !PLACES[place]!(request)) return undefined
    planted.fired += 1
    return { after: write(rig).then(() => undefined) }
  }
  return planted
}

/** The same delivery once more, by a rival that the proxy is not in the way of. */
async function sameDelivery(rig: Rig): Promise<void> {
  const delivery = rig.deliveries.at(-1)!
  const handle = delivery.topic === rig.config.venueDaysTopic ? handleVenueDay : handleCompletion
  await handle(delivery, { ...rig.services, bucket: rig.truth })
}

const RIVALS: Readonly<Record<string, (rig: Rig) => Promise<unknown>>> = {
  'writing the plan': sameDelivery,
  'writing a receipt': sameDelivery,
  'writing the manifest': sameDelivery,
  'last chunk': rig => rig.truth.write(OBJECT_B, Buffer.from('not ours'), ABSENT, { contentType: 'text/plain' }),
  'opening an upload': sameDelivery,
}

export const BUCKET_CASES: readonly FaultCase[] = [
  ...PASSING.map(
    ([fault, place]): FaultCase => ({
      stage: 'bucket',
      fault: `${place}: ${fault}`,
      often: 'once',
      plant: rig => plant(rig.proxy, FAULTS[fault]!, PLACES[place]),
    }),
  ),
  {
    stage: 'bucket',
    fault: 'last chunk: no space',
    often: 'once',
    plant: rig => plant(rig.proxy, FAULTS['no space']!, PLACES['last chunk']),
    outcome: REFUSED_B,
  },
  ...LASTING.map(
    ([fault, place, outcome]): FaultCase => ({
      stage: 'bucket',
      fault: `${place}: ${fault}`,
      often: 'always',
      plant: rig => plantAlways(rig, FAULTS[fault]!, PLACES[place]!),
      outcome,
    }),
  ),
  ...Object.entries(RIVALS).map(
    ([place, write]): FaultCase => ({
      stage: 'bucket',
      fault: `${place}: 412 from a true rival`,
      often: 'once',
      plant: rig => rival(rig, place, write),
    }),
  ),
]
