import type { FaultCase } from './cases/fault-case.ts'
import { columns, conclude } from './report.ts'
import { type CaseEnd, runCase } from './run-case.ts'
import { CASES } from './table.ts'

/** They mostly wait for each other's processes and servers. */
const AT_ONCE = 5

/** Runs cases, some at once, and gives how each ended. */
export async function runCases(cases: readonly FaultCase[]): Promise<Map<FaultCase, CaseEnd>> {
  const ends = new Map<FaultCase, CaseEnd>()
  const waiting = cases[Symbol.iterator]()
  const worker = async () => {
    for (const one of waiting) ends.set(one, await runCase(one))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return ends
}

/** Prints the table: each fault, how often it fired, what the bucket held then, and what once the cause was gone. */
async function printTable(): Promise<void> {
  const ends = await runCases(CASES)
  const rows = CASES.map(one => {
    const { fired, outcome, healed, error } = ends.get(one)!
    return [one.stage, one.fault, one.often, `${fired}`, outcome, healed, error === undefined ? 'ok' : 'FAILED']
  })
  console.log(columns([['stage', 'fault', 'how often', 'fired', 'outcome', 'once the cause is gone', ''], ...rows]))
  const failures = CASES.filter(one => ends.get(one)!.error !== undefined)
  for (const one of failures) console.log(`\n${one.stage}, ${one.fault}, ${one.often}:`, ends.get(one)!.error)
  const fired = [...ends.values()].filter(end => end.fired > 0).length
  console.log(`${CASES.length} cases, the fault fired in ${fired}`)
  conclude('fault table', { passed: CASES.length - failures.length, failed: failures.length })
}

if (import.meta.main) await printTable()
