/** The first and the last element; the same one twice in a list of one. @throws RangeError for an empty list */
export function endsOf<T>(list: readonly T[]): [T, T] {
  const [first, last] = [list[0], list.at(-1)]
  if (first === undefined || last === undefined) throw new RangeError('found an empty list, expected an element')
  return [first, last]
}
