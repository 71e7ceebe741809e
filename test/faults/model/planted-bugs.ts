import { type Bug, findPlanted } from '../planting.ts'
import { numberArgument } from '../report.ts'

const BUGS: readonly Bug[] = [
  { name: 'none (the sources as they are)', changes: [], breaks: /^$/ },
  {
    name: 'receipt before data',
    changes: [
      [
        'functions/fetch/transfer.ts',
        'return await commit(writer, facts, writtenBytes, deadline.signal)',
        `void commit(writer, facts, writtenBytes, deadline.signal).catch(() => {})
         writer = undefined
         const object = { name: target.object, generation: '1700000000000001', bytes: writtenBytes, crc32c: 'AAAAAA==' }
         return { kind: 'committed', object, facts }`,
      ],
    ],
    breaks: /data before receipt/,
  },
  {
    name: 'unconditional manifest write',
    changes: [
      [
        'functions/ledger/update.ts',
        'bucket.write(name, data, found?.object.generation ?? ABSENT, write)',
        `bucket.write(name, data, name.endsWith('manifest.json') ? '*' : (found?.object.generation ?? ABSENT), write)`,
      ],
      [
        'test/support/memory-bucket.ts',
        'if ((present?.generation ?? ABSENT) !== expected) {',
        `if (expected !== '*' && (present?.generation ?? ABSENT) !== expected) {`,
      ],
    ],
    breaks: /lost/,
  },
  {
    name: 'ack before publish',
    changes: [
      [
        'functions/fetch/run-batch.ts',
        'await services.publisher.publish(services.config.completionsTopic, name, { signal })',
        'void services.publisher.publish(services.config.completionsTopic, name, { signal }).catch(() => {})',
      ],
    ],
    breaks: /lost/,
  },
  {
    name: 'a late incident that is acknowledged before its completion is published',
    changes: [
      [
        'functions/fetch/incidents.ts',
        'await publisher.publish(config.completionsTopic, completion, { signal })',
        'void publisher.publish(config.completionsTopic, completion, { signal }).catch(() => {})',
      ],
    ],
    breaks: /lost/,
  },
  {
    name: 'a late incident that is not compared again once the plan has it',
    changes: [['functions/fetch/incidents.ts', 'if (!updated) {', 'if (!updated?.written) {']],
    breaks: /lost/,
  },
  {
    name: 'upgrade of what is current',
    changes: [
      [
        'functions/fetch/item.ts',
        "if ('olderThan' in again) return converterVersion >= again.olderThan",
        "if ('olderThan' in again) return false",
      ],
    ],
    breaks: /converted again without being asked to/,
  },
  {
    name: 'asking on after a refusal',
    changes: [
      [
        'functions/fetch/batch.ts',
        'while (!time.takingOn.expired && !guard.inForce()) {',
        'while (!time.takingOn.expired) {',
      ],
      ['functions/fetch/batch.ts', 'if (guard.inForce()) throw new NotBegun(REFUSES)\n    return', 'return'],
      ['functions/fetch/first-request.ts', 'if (error instanceof VendorRefusedError) throw error', 'void error'],
    ],
    breaks: /keeps asking a vendor that refuses/,
  },
  {
    name: 'asking ahead on the day after the quota ended',
    changes: [['functions/fetch/batch.ts', 'if (!guard.isBoundByQuota()) return', 'return']],
    breaks: /asks ahead though the quota ended/,
  },
  {
    name: 'a refused batch hands on its rest',
    changes: [['functions/fetch/run-batch.ts', 'handedOn: blocked ? 0 : countUntried', 'handedOn: countUntried']],
    breaks: /does not come to an end/,
  },
  {
    name: 'a request closed before its end',
    changes: [
      ['functions/ledger/request.ts', 'const found = open ?? addDays(downTo, -1)', 'const found = addDays(downTo, -1)'],
    ],
    breaks: /closed before its days were complete|lost/,
  },
  {
    name: 'a request not resumed after a refusal',
    changes: [
      ['functions/ledger/request.ts', "(acknowledgedUntilOf(block) ?? '') > lastRoundAt || nowMs", 'false && nowMs'],
    ],
    breaks: /starved/,
  },
  {
    name: 'an outage that rejects messages to its end',
    changes: [['functions/fetch/vendor-down.ts', 'block === undefined || acknowledges(block)', 'block === undefined']],
    breaks: /uses up the deliveries/,
  },
  {
    name: 'a failed call of a venue-day that is rejected all the same',
    changes: [
      [
        'functions/fetch/handler.ts',
        'if (!waits || !block) throw error',
        'if (!waits || !(error instanceof VendorRefusedError)) throw error',
      ],
    ],
    breaks: /uses up the deliveries/,
  },
]

await findPlanted('test/faults/model/run-model.ts', BUGS, numberArgument('runs', 2_000))
