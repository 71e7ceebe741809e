import { type Bug, findPlanted } from '../planting.ts'
import { numberArgument } from '../report.ts'

const CATALOG = 'functions/iceberg/file-catalog.ts'

const BUGS: readonly Bug[] = [
  { name: 'none (the sources as they are)', changes: [], breaks: /^$/ },
  {
    name: 'a commit without a condition',
    changes: [
      [
        CATALOG,
        'bucket.write(name, encodeTableMetadata(table), ABSENT, options)',
        'bucket.write(name, encodeTableMetadata(table), (await bucket.stat(name, signal))?.generation ?? ABSENT, options)',
      ],
    ],
    breaks: /is none, or an older one|is lost|which is not there/,
  },
  {
    name: 'off the queue before the commit',
    changes: [
      [
        'functions/iceberg/refresh.ts',
        '  const done = await refreshDays(chunk, services)\n',
        `  for (const { object } of chunk.flatMap(day => queue.get(venueDayKey(day)) ?? [])) await bucket.remove(object, signal)
  const done = await refreshDays(chunk, services)
`,
      ],
    ],
    breaks: /is lost/,
  },
  {
    name: 'a table loaded after the manifest was read',
    changes: [
      [
        'functions/iceberg/refresh-days.ts',
        'await openDraft(dataType, undefined, services)',
        'await openDraft(dataType, await catalog.load(dataType, signal), services)',
      ],
    ],
    breaks: /is none, or an older one/,
  },
  {
    name: 'names of manifest files that are used again',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source's own template
    changes: [['functions/iceberg/draft.ts', '`${this.#sequenceNumber}-${end}`', '`0-${end}`']],
    breaks: /which is not there/,
  },
  {
    name: 'the hint before the document',
    changes: [
      [
        CATALOG,
        '  // Commit point of a table',
        '  await raiseHint(bucket, folder, version, signal)\n  // Commit point of a table',
      ],
    ],
    breaks: /the hint names version/,
  },
  {
    name: 'a venue-day queued again without a new generation',
    changes: [
      [
        'functions/ledger/table-queue.ts',
        'const { generation = ABSENT } = (await bucket.stat(name, signal)) ?? {}',
        'const generation = ABSENT',
      ],
    ],
    breaks: /is lost/,
  },
]

await findPlanted('test/faults/tables/run-model.ts', BUGS, numberArgument('runs', 2_000))
