import { heapTrimmer } from '../../runtime/memory/garbage.ts'
import type { ProgressBar } from '../terminal/progress-bar.ts'

/** So many days read make V8 keep 100 MB and more for the next ones: of whole manifests, and of their beginnings. */
const TRIMMED_DAYS = { whole: 500, beginnings: 2000 }

/** Shows how many days are read, and keeps the memory of a command small that reads many. */
export function trimmingHeap(
  bar: Pick<ProgressBar, 'update'>,
  what: keyof typeof TRIMMED_DAYS = 'whole',
): ProgressBar['update'] {
  const trim = heapTrimmer()
  return (done, total) => {
    bar.update(done, total)
    if (done % TRIMMED_DAYS[what] === 0) trim()
  }
}
