import assert from 'node:assert/strict'
import { join } from 'node:path'
import { compareNames } from '../../../functions/storage/folder/names.ts'
import { nameFault, objectPath } from '../../../functions/storage/folder/object-path.ts'

describe('storage/folder/object-path', () => {
  const long = (bytes: number) =>
    Array.from({ length: 8 }, () => 'x'.repeat(200))
      .join('/')
      .slice(0, bytes)

  it('is the name below the folder', () => {
    for (const name of [
      'a',
      'a/b.json',
      'a/...',
      '.a',
      'é'.repeat(127),
      'x'.repeat(255),
      long(1024),
      'a/.tick-handler',
    ])
      assert.equal(objectPath('/data', name), join('/data', name))
  })

  for (const [name, fault] of [
    ['', 'object name has 0 bytes, expected 1 to 1024'],
    [long(1025), 'object name has 1025 bytes, expected 1 to 1024'],
    ['a\0b', 'object name "a\\u0000b" has characters that no name can have'],
    ['a\nb', 'object name "a\\nb" has characters that no name can have'],
    ['a\rb', 'object name "a\\rb" has characters that no name can have'],
    ['a\ud800', 'object name "a\\ud800" has characters that no name can have'],
    ['/a', 'object name "/a" has an empty, . or .. part: it is no path below a folder'],
    ['a/', 'object name "a/" has an empty, . or .. part: it is no path below a folder'],
    ['a//b', 'object name "a//b" has an empty, . or .. part: it is no path below a folder'],
    ['a/./b', 'object name "a/./b" has an empty, . or .. part: it is no path below a folder'],
    ['../a', 'object name "../a" has an empty, . or .. part: it is no path below a folder'],
    [`a/${'x'.repeat(256)}`, `object name "a/${'x'.repeat(256)}" has a part over 255 bytes, too long for a file`],
    ['é'.repeat(128), `object name "${'é'.repeat(128)}" has a part over 255 bytes, too long for a file`],
    ['.tick-handler/a', 'object name ".tick-handler/a": .tick-handler is the local bucket\'s own folder'],
    ['.Tick-Handler', 'object name ".Tick-Handler": .tick-handler is the local bucket\'s own folder'],
  ] as const)
    it(`refuses ${JSON.stringify(name).slice(0, 40)}`, () => {
      assert.equal(nameFault(name), fault)
      assert.throws(() => objectPath('/data', name), { code: 'INVALID_NAME', message: fault })
    })
})

describe('storage/folder/names: the order', () => {
  it('is that of the UTF-8 bytes', () => {
    const names = ['', 'A', 'a', 'a-b', 'a/b', 'aa', 'é', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}']
    for (const [i, a] of names.entries())
      for (const [j, b] of names.entries())
        assert.equal(Math.sign(compareNames(a, b)), Math.sign(i - j), `${JSON.stringify(a)} and ${JSON.stringify(b)}`)
  })
})
