import type { Rig } from '../rig.ts'

/** A fault as it was planted: how often it fired. */
export interface Planted {
  readonly fired: number
}

/** What the bucket holds once everything has come to its end. */
export interface Outcome {
  /** The manifest's status; `none` where there is no manifest. */
  readonly day?: 'complete' | 'incomplete' | 'pending' | 'none'
  /** Status of the items that are not simply stored. */
  readonly items?: Readonly<Record<string, string>>
  /** `some`: how many depends on what comes first. */
  readonly deadLetters?: number | 'some'
  /** Objects under `_ledger/rejected/`. */
  readonly rejected?: number
  /** What an item's error, or the log, must contain. */
  readonly mentions?: RegExp
}

/** One line of the table. */
export interface FaultCase {
  readonly stage: 'vendor' | 'bucket' | 'bus' | 'process'
  readonly fault: string
  readonly often: string
  /** Plants the fault in an empty world. */
  plant(rig: Rig): Planted | Promise<Planted>
  /** What is done then; by default the venue-day is requested. */
  run?(rig: Rig): Promise<void>
  /** By default complete, with all stored. */
  readonly outcome?: Outcome
  /** How often it must have fired at least; once by default. */
  readonly minFired?: number
  /** What completes the day once the cause is gone; by default another request. */
  readonly healedBy?: 'asking again' | 'force'
  /** Where the data themselves have become others. */
  readonly otherData?: boolean
}
