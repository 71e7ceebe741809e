/** True of a pattern that can stand for several names. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/**
 * Whether a name fits one of the patterns: `*` stands for any characters or none, `?` for one, all else for itself. Takes at
 * most the length of the pattern times that of the name, whatever the pattern is.
 */
export function globMatcher(patterns: readonly string[]): (name: string) => boolean {
  const names = new Set(patterns.filter(pattern => !isGlob(pattern)))
  const globs = patterns.filter(isGlob).map(pattern => [...pattern])
  return name => {
    if (names.has(name)) return true
    if (globs.length === 0) return false
    const characters = [...name]
    return globs.some(glob => fits(glob, characters))
  }
}

/** True where every name that fits `inner`, a name or a pattern, fits `outer` too. False also for some where that is so. */
export function containsGlob(outer: string, inner: string): boolean {
  return fits([...outer], [...inner])
}

/**
 * Only the last `*` ever needs to take more: what came before it fits already. A `*` in the name is one of a pattern, which
 * can stand for more than the one character of a `?`.
 */
function fits(glob: readonly string[], name: readonly string[]): boolean {
  let [at, star, taken] = [0, -1, 0]
  for (let i = 0; i < name.length; ) {
    if (glob[at] === '*') {
      star = at
      taken = i
      at += 1
    } else if ((glob[at] === '?' && name[i] !== '*') || glob[at] === name[i]) {
      at += 1
      i += 1
    } else if (star >= 0) {
      taken += 1
      i = taken
      at = star + 1
    } else return false
  }
  return glob.slice(at).every(character => character === '*')
}
