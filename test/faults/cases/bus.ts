import { WORKING_GRACE_MS } from '../../../functions/fetch/batch-time.ts'
import type { Delivery } from '../../../functions/local/pipeline/bus.ts'
import { DAY } from '../market.ts'
import type { Rig } from '../rig.ts'
import type { FaultCase, Outcome, Planted } from './fault-case.ts'
import { stalledWithin } from './vendor-faults.ts'

/** Every message `copies` times at once. */
const atOnce = (copies: number): FaultCase => ({
  stage: 'bus',
  fault: `the same message ${copies} times at once`,
  often: 'always',
  plant(rig) {
    rig.copies = copies
    return deliveriesOf(rig)
  },
})

/** A fault of the messages alone: nothing keeps anyone waiting. */
function deliveriesOf(rig: Rig, matches: (delivery: Delivery) => boolean = () => true): Planted {
  rig.bePatient()
  return {
    get fired() {
      return rig.deliveries.filter(matches).length
    },
  }
}

/** All of them again, the last first, when everything is over. */
async function runAndRepeat(rig: Rig): Promise<void> {
  await rig.run()
  for (const delivery of rig.deliveries.toReversed()) await rig.deliver(delivery)
  await rig.drained()
}

/** Fails the publishing to a topic, before it or when it is done, the first `times` times. */
function failing(topic: 'venueDaysTopic' | 'completionsTopic', when: 'before' | 'after', times = 1, from = 1) {
  return (rig: Rig): Planted => {
    const planted = { fired: 0 }
    let seen = 0
    rig.aroundPublish = (name, at) => {
      if (name !== rig.config[topic] || at !== when || ++seen < from || planted.fired >= times) return
      planted.fired += 1
      throw new Error(`UNAVAILABLE: planted ${when} publishing to ${name}`)
    }
    return planted
  }
}

const ALWAYS = Number.POSITIVE_INFINITY

/** The first message of the venue-day is schedule's own, so the batches' are counted from the second on. */
const PUBLISHING: readonly (readonly [string, string, FaultCase['plant'], Outcome?])[] = [
  ['publishing a batch fails after the plan', 'once', failing('venueDaysTopic', 'before', 1, 2)],
  ['publishing a batch: its answer is lost', 'once', failing('venueDaysTopic', 'after', 1, 2)],
  ['publishing a completion fails after the receipt', 'once', failing('completionsTopic', 'before', 1, 2)],
  ['publishing a completion: its answer is lost', 'once', failing('completionsTopic', 'after', 1, 2)],
  ['publishing a completion fails', '4 times', failing('completionsTopic', 'before', 4)],
  [
    'publishing a batch fails after the plan',
    'always',
    failing('venueDaysTopic', 'before', ALWAYS, 2),
    { day: 'none', deadLetters: 1 },
  ],
  // The day's own message publishes the batches again each time that it fails.
  [
    'publishing a completion fails',
    'always',
    failing('completionsTopic', 'before', ALWAYS),
    { day: 'none', deadLetters: 'some' },
  ],
]

/** A takes its time; within B the deadline comes, and B has had less than a whole delivery. `afterwards` may plant more. */
function deadline(rig: Rig, afterwards: () => void = () => {}): Planted {
  const counted = { fired: 0 }
  rig.config = { ...rig.config, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
  rig.vendor.plant('A', ({ response, file }) => {
    rig.clock.advance(WORKING_GRACE_MS + 1_000)
    response.writeHead(200, { 'content-length': file.length }).end(file)
  })
  rig.vendor.plant('B', call => {
    counted.fired += 1
    stalledWithin(call)
    afterwards()
    rig.clock.advance(rig.config.deadlineMs - 1_000)
  })
  return counted
}

/** One batch alone, so that no other has the deadline too. */
const oneBatch = (rig: Rig) => rig.run({ symbols: ['A', 'B'] })

/** A message's first delivery goes to an instance that is no more before it has done anything, or half of it. */
function dying(when: 'at once' | 'at the last chunk' | 'before its receipt'): FaultCase['plant'] {
  return rig => {
    const planted = { fired: 0 }
    const parts = { 'at once': 'plan.json', 'at the last chunk': 'B.parquet', 'before its receipt': '/receipts/' }
    rig.proxy.choose = ({ url, method, headers }) => {
      if (planted.fired > 0) return undefined
      const isLast = method === 'PUT' && /\/\d+$/.test(String(headers['content-range']))
      const matches = when === 'at the last chunk' ? isLast : method === 'POST' || when === 'at once'
      if (!matches || !decodeURIComponent(url).includes(parts[when])) return undefined
      planted.fired += 1
      // The dead instance's connections go with it, and whatever it still tries finds none.
      const dead = rig.bucket
      rig.bucket = rig.openBucket()
      void dead.close()
      return 'stall'
    }
    return planted
  }
}

/** A late writer: the message comes again while its first delivery hangs at the last chunk, which arrives after all. */
function zombie(rig: Rig): Planted {
  const planted = { fired: 0 }
  rig.proxy.choose = ({ url, method, headers }) => {
    const isLast = method === 'PUT' && /\/\d+$/.test(String(headers['content-range']))
    if (!isLast || planted.fired > 0 || !decodeURIComponent(url).includes('B.parquet')) return undefined
    planted.fired += 1
    const batch = rig.deliveries.findLast(({ data }) => Buffer.from(data).includes('"index":0'))!
    return { after: rig.deliver({ ...batch, attempt: 2 }) }
  }
  return planted
}

export const BUS_CASES: readonly FaultCase[] = [
  atOnce(2),
  atOnce(5),
  {
    stage: 'bus',
    fault: 'every message again, much later, the last first',
    often: 'once',
    plant: deliveriesOf,
    run: runAndRepeat,
  },
  {
    stage: 'bus',
    fault: 'any order',
    often: 'always',
    plant(rig) {
      rig.shuffle = true
      return deliveriesOf(rig)
    },
  },
  {
    stage: 'bus',
    fault: 'completions before everything else',
    often: 'always',
    plant: deliveriesOf,
    async run(rig) {
      for (const index of [0, 1]) await rig.publish(rig.config.completionsTopic, { ...DAY, plan: 'abcdef', index })
      await rig.drained()
      await rig.run()
    },
  },
  {
    stage: 'bus',
    fault: 'a completion without anything else',
    often: 'once',
    plant: deliveriesOf,
    async run(rig) {
      await rig.publish(rig.config.completionsTopic, { ...DAY, plan: 'abcdef', index: 0 })
      await rig.drained()
    },
    outcome: { day: 'none' },
  },
  {
    stage: 'bus',
    fault: 'a batch that is in no plan',
    often: 'once',
    plant: deliveriesOf,
    async run(rig) {
      await rig.publish(rig.config.venueDaysTopic, { ...DAY, batch: { plan: 'abcdef', index: 7 } })
      await rig.drained()
    },
    outcome: { day: 'none' },
  },
  ...PUBLISHING.map(
    ([fault, often, plant, outcome]): FaultCase => ({ stage: 'bus', fault, often, plant, ...(outcome && { outcome }) }),
  ),
  {
    stage: 'bus',
    fault: 'the deadline within a batch: the rest is handed on',
    often: 'once',
    plant: rig => deadline(rig),
    run: oneBatch,
  },
  {
    stage: 'bus',
    fault: 'the deadline, and handing on fails',
    often: 'once',
    plant: rig => deadline(rig, () => failing('venueDaysTopic', 'before', 1)(rig)),
    run: oneBatch,
  },
  { stage: 'bus', fault: 'a message to a dead instance', often: 'once', plant: dying('at once') },
  { stage: 'bus', fault: 'an instance dies at the last chunk', often: 'once', plant: dying('at the last chunk') },
  { stage: 'bus', fault: 'an instance dies before its receipt', often: 'once', plant: dying('before its receipt') },
  { stage: 'bus', fault: 'a late writer, its message delivered again meanwhile', often: 'once', plant: zombie },
]
