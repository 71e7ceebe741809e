/** True of a pattern that can stand for several names. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/**
 * Whether a name fits one of the patterns: `*` stands for any characters or none, `?` for one, all else for itself. Takes at
 * most the length of the pattern times that of the name, whatever the pattern is.
 */
export function globMatcher(patterns: readonly string[]): (name: string) => boolean {
  const globs = patterns.map(pattern => [...pattern])
  return name => {
    const characters = [...name]
    return globs.some(glob => fits(glob, characters))
  }
}

/** Only the last `*` ever needs to take more: what came before it fits already. */
function fits(glob: readonly string[], name: readonly string[]): boolean {
  let [at, star, taken] = [0, -1, 0]
  for (let i = 0; i < name.length; ) {
    if (glob[at] === '*') {
      star = at
      taken = i
      at += 1
    } else if (glob[at] === '?' || glob[at] === name[i]) {
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
