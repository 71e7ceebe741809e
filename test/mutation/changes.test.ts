import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { changedLines } from './changes.ts'
import { partOf, ROOMS, roomOf } from './rooms.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What `git diff --unified=0` prints of a file. */
function diffOf(file: string, ...hunks: readonly string[]): string {
  const heading = `diff --git a/${file} b/${file}\nindex 1..2 100644\n--- a/${file}\n+++ b/${file}\n`
  return heading + hunks.map(hunk => `@@ ${hunk} @@ function x() {\n-old\n+new\n`).join('')
}

describe('mutants of a change', () => {
  it('are made in the lines that it adds or changes, by room', () => {
    const diff = [
      diffOf('functions/market/days.ts', '-1 +1', '-5,2 +5,3'),
      diffOf('functions/ticks/gzip.ts', '-9,0 +10,2'),
      diffOf('functions/market/glob.ts', '-3 +3'),
    ]
    assert.deepEqual(Object.fromEntries(changedLines(diff.join(''))), {
      market: ['functions/market/days.ts:1-1', 'functions/market/days.ts:5-7', 'functions/market/glob.ts:3-3'],
      ticks: ['functions/ticks/gzip.ts:10-11'],
    })
  })

  it('are not made of what is removed, of other rooms, of the kernel or of what is no code', () => {
    const removed = '--- a/functions/market/days.ts\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-a\n'
    const others = ['functions/local/cli/flags.ts', 'functions/ticks/kernel/utf8.ts', 'functions/market/README.md']
    const diff = [
      removed,
      diffOf('functions/market/days.ts', '-1,2 +0,0'),
      ...others.map(file => diffOf(file, '-1 +1')),
    ]
    assert.equal(changedLines(diff.join('')).size, 0)
    assert.equal(changedLines('').size, 0)
  })
})

describe('rooms of the mutation tests', () => {
  it('are folders with tests', () => {
    for (const room of ROOMS) {
      assert.ok(existsSync(join(ROOT, 'functions', room)) && existsSync(join(ROOT, 'test', room)), room)
      assert.equal(roomOf(`functions/${room}/any.ts`), room)
    }
    assert.equal(roomOf('functions/marketing/any.ts'), undefined)
  })

  it('are tested whole, or by a folder or a file', () => {
    const part = (room: string, files: string) => ({ room, files })
    assert.deepEqual(partOf('storage'), part('storage', 'functions/storage/**/*.ts'))
    assert.deepEqual(partOf('storage/folder'), part('storage', 'functions/storage/folder/**/*.ts'))
    assert.deepEqual(partOf('runtime/log/plain.ts'), part('runtime/log', 'functions/runtime/log/plain.ts'))
    for (const none of ['runtime', 'marketing', 'kernel']) assert.equal(partOf(none), undefined)
  })

  it('are all run by the schedule, and the kernel too', () => {
    const workflow = parse(readFileSync(join(ROOT, '.github/workflows/weekly.yml'), 'utf8'))
    assert.deepEqual(workflow.jobs.mutation.strategy.matrix.room, [...ROOMS, 'kernel/30'])
    assert.match(workflow.on.schedule[0].cron, /^\d+ \d+ \* \* \d$/)
    assert.ok(
      workflow.jobs.mutation.steps.some(({ run = '' }) => run === 'npm run test:mutation -- $' + '{{ matrix.room }}'),
    )
  })
})
