/** Each letter of CONDITION_LETTERS, the worst first: the colour's name in the style sheet, what it means, and the letter in a large cell. */
export function conditions(): readonly (readonly [letter: string, colour: string, means: string, shown: string])[] {
  return [
    ['?', 'unreadable', 'unreadable', '?'],
    ['m', 'missing', 'missing', 'M'],
    ['d', 'degraded', 'degraded', 'D'],
    ['p', 'pending', 'pending', 'P'],
    ['u', 'unknown', 'not judged', 'U'],
    ['-', 'absent', 'no manifest', '–'],
    ['a', 'available', 'available', 'A'],
  ]
}

export function conditionOfLetter(letter: string): readonly [string, string, string, string] {
  return conditions().find(([one]) => one === letter) ?? [' ', 'card', 'nothing requested', '']
}
