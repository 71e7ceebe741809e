import { type Bug, findPlanted } from '../planting.ts'
import { numberArgument } from '../report.ts'

const REPLACED = /which was replaced|which is not there/

const BUGS: readonly Bug[] = [
  { name: 'none (the sources as they are)', changes: [], breaks: /^$/ },
  {
    name: 'the batch goes on before the table names copies',
    changes: [
      [
        'functions/iceberg/copies-handler.ts',
        '  const copies = await copyReplaced',
        '  await publisher.publish(config.venueDaysTopic, batchMessage({ venue, date, plan, index }, true), { signal })\n  const copies = await copyReplaced',
      ],
    ],
    breaks: REPLACED,
  },
  {
    name: 'no commit where there is nothing to copy',
    changes: [
      [
        'functions/iceberg/copies.ts',
        '    // Commit point: readers that begin after it read copies.\n',
        '    if (copies === 0) return 0\n',
      ],
    ],
    breaks: REPLACED,
  },
  {
    name: 'a refresh that does not compare the manifest with the plan',
    changes: [
      [
        'functions/iceberg/refresh-days.ts',
        'return plan === undefined || plan === manifest.plan ? manifest : undefined',
        'return manifest',
      ],
    ],
    breaks: REPLACED,
  },
  {
    name: 'snapshots from before the copies that are kept',
    changes: [['functions/iceberg/draft.ts', 'if (copies > 0) this.#endsHistory = true', '']],
    breaks: REPLACED,
  },
  {
    name: 'a first refresh that says too late that there are tables',
    changes: [['functions/iceberg/refresh.ts', '  position = await noteBegun(services, position)\n', '']],
    breaks: REPLACED,
  },
  {
    name: 'copies that are removed while a snapshot names them',
    changes: [['functions/iceberg/left-over.ts', '      if (!namesCopies(listed)) continue\n', '      continue\n']],
    breaks: /which is not there/,
  },
  {
    name: 'copies under one name for all snapshots',
    changes: [
      [
        'functions/iceberg/copies.ts',
        'copyName(prefix, dataType, draft.sequenceNumber, object)',
        'copyName(prefix, dataType, 1, object)',
      ],
    ],
    breaks: /which is not there|which was replaced|copies are left/,
  },
  {
    name: 'copies that nothing removes',
    changes: [['functions/iceberg/refresh.ts', '  await removeOldCopies(services)\n', '']],
    breaks: /copies are left/,
  },
]

await findPlanted('test/faults/tables/run-forced.ts', BUGS, numberArgument('runs', 2_000))
