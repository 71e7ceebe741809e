import { type Clock, createDeadline, type Deadline } from '../runtime/deadline.ts'

/**
 * The time of one delivery of a batch. All three deadlines count from the delivery's beginning, so that whatever is slow,
 * the whole ends before the function's limit: with the greatest DEADLINE_SECONDS of a deployment (510 s) at 538 of 540 s.
 */
export interface BatchTime extends Disposable {
  /** Until then further items are started. */
  readonly takingOn: Deadline
  /** Until then started items are worked on. */
  readonly working: Deadline
  /** Until then the receipt is written and the messages are published, also where the instance is being stopped. */
  readonly whole: Deadline
}

/** How long started items may go on after the deadline. */
export const WORKING_GRACE_MS = 15_000
/** How long after the deadline the receipt is written and its messages are published. */
export const WHOLE_GRACE_MS = 28_000

/** @param stopping the instance is being stopped: ends the taking on and the working */
export function startBatchTime(deadlineMs: number, clock: Clock, stopping?: AbortSignal): BatchTime {
  const takingOn = createDeadline(deadlineMs, clock, stopping)
  const working = createDeadline(deadlineMs + WORKING_GRACE_MS, clock, stopping)
  const whole = createDeadline(deadlineMs + WHOLE_GRACE_MS, clock)
  return {
    takingOn,
    working,
    whole,
    [Symbol.dispose]() {
      for (const deadline of [takingOn, working, whole]) deadline[Symbol.dispose]()
    },
  }
}
