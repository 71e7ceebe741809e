import { roomOf } from './rooms.ts'

/**
 * The lines that a change touches, as StrykerJS takes them (`file.ts:3-5`), by room.
 *
 * @param diff what `git diff --unified=0` prints
 */
export function changedLines(diff: string): ReadonlyMap<string, readonly string[]> {
  const byRoom = new Map<string, string[]>()
  let file = ''
  for (const line of diff.split('\n')) {
    const path = /^\+\+\+ (?:b\/)?(.*)$/.exec(line)?.[1]
    if (path !== undefined) file = path
    const lines = linesOf(line)
    const room = roomOf(file)
    if (lines && room) byRoom.set(room, [...(byRoom.get(room) ?? []), `${file}:${lines}`])
  }
  return byRoom
}

/** `@@ -1,2 +3,4 @@` is lines 3 to 6 of the new file; a hunk that only removes has none. */
function linesOf(hunk: string): string | undefined {
  const [, first, count = '1'] = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(hunk) ?? []
  if (first === undefined || count === '0') return undefined
  return `${first}-${Number(first) + Number(count) - 1}`
}
