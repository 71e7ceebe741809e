import { type Equivalent, inFile } from '../score.ts'

export const ICEBERG: readonly Equivalent[] = [
  ...inFile('functions/iceberg/avro.ts', [
    {
      text: 'if (known) return known',
      to: 'false',
      why: 'it is made again, which only takes longer',
    },
    {
      text: 'if (types.size < 16) types.set(schemaText, made)',
      why: 'a type that is not kept is made again, and one more that is kept does no harm',
    },
  ]),
  ...inFile('functions/iceberg/draft.ts', [
    {
      text: 'if (this.#changes.size === 0 && this.base?.table.snapshots.length !== 0) return undefined',
      to: 'this.base.table',
      why: 'a draft without a base has a change',
    },
    {
      text: '...{ uuid: newUuid(), location: place.uriOf(folder.slice(0, -1)), schemas: [] },',
      to: '["Stryker was here"]',
      why: 'the schemas are set below',
    },
    {
      text: '...{ lastUpdatedMs: 0, lastSequenceNumber: 0, snapshots: [], earlier: [] },',
      to: '["Stryker was here"]',
      why: 'the catalog sets the earlier documents',
    },
  ]),
  ...inFile('functions/iceberg/file-catalog.ts', [
    {
      text: 'if (version !== undefined && version > (highest ?? 0)) highest = version',
      to: 'true',
      why: 'undefined is above no number',
    },
    {
      text: 'if (version !== undefined && version > (highest ?? 0)) highest = version',
      to: 'version >= (highest ?? 0)',
      why: 'no version is there twice',
    },
    {
      text: 'if (hinted <= version) return outcome',
      to: 'false',
      why: 'the newest state is this version then, so isBehind() is true',
    },
    {
      text: 'if (hinted <= version) return outcome',
      to: 'hinted < version',
      why: 'the newest state is this version then, so isBehind() is true',
    },
    {
      text: 'if (hint?.version !== undefined && hint.version >= version) return hint.version',
      to: 'hint.version > version',
      why: 'the same text is written once more',
    },
    {
      text: "if (outcome === 'committed') return version",
      to: 'false',
      why: 'the next try finds the hint that it has written',
    },
    {
      text: "if (outcome === 'committed') return version",
      to: '""',
      why: 'the next try finds the hint that it has written',
    },
    {
      text: 'const [, digits] = /^v([1-9]\\d{0,14})\\.metadata\\.json$/.exec(name.slice(folder.length)) ?? []',
      to: '["Stryker was here"]',
      why: 'the first element is not read',
    },
  ]),
  ...inFile('functions/iceberg/left-over.ts', [
    {
      text: 'const [, list, manifest, copy] = own.exec(name.slice(folder.length)) ?? []',
      to: '["Stryker was here"]',
      why: 'the first element is not read',
    },
  ]),
]
