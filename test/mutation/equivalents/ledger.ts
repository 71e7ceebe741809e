import { type Equivalent, inFile } from '../score.ts'

export const LEDGER: readonly Equivalent[] = [
  ...inFile('functions/ledger/coverage.ts', [
    {
      text: 'if (covers(scope, asked, () => false)) return true',
      to: '() => undefined',
      why: 'undefined counts as false',
    },
  ]),
  ...inFile('functions/ledger/ledger.ts', [
    {
      text: "readEndedRequests: signal => readReplaceable(places.endedRequests('requests'), signal),",
      to: '""',
      why: 'there is one such document, so its name is not read',
    },
    {
      text: "readVendorBlock: signal => readReplaceable(places.vendorBlock('vendor'), signal),",
      to: '""',
      why: 'there is one such document, so its name is not read',
    },
    {
      text: '} catch {',
      to: '{}',
      why: 'undefined counts as false',
    },
  ]),
  ...inFile('functions/ledger/vendor-guard.ts', [
    {
      text: "'vendor',",
      to: '""',
      why: 'there is one such document, so its name is not read',
    },
  ]),
]
