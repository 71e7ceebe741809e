import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EQUIVALENTS } from './equivalents/index.ts'
import { type MutationReport, onlyFiles, roomScore, survivorText, withoutStaticSurvivors } from './score.ts'

const ROOT = join(import.meta.dirname, '../..')

const source = 'export function isDay(day: string) {\n  return day.length === 10 || day === FIRST\n}\n'

function mutant(status: string, replacement: string) {
  return {
    mutatorName: 'ConditionalExpression',
    status,
    replacement,
    location: { start: { line: 2, column: 10 }, end: { line: 2, column: 27 } },
  }
}

const REPORT: MutationReport = {
  files: {
    'functions/market/days.ts': {
      source,
      mutants: [
        mutant('Killed', 'a'),
        mutant('Timeout', 'b'),
        mutant('Killed', 'c'),
        mutant('Survived', 'true'),
        mutant('NoCoverage', 'false'),
        mutant('CompileError', 'd'),
        mutant('RuntimeError', 'e'),
      ],
    },
  },
}

describe('mutation/score', () => {
  it('counts what no test reaches as survived, and what does not run not at all', () => {
    const { mutants, caught, survivors, score } = roomScore('market', REPORT, [])
    assert.deepEqual(
      { mutants, caught, survived: survivors.length, score },
      { mutants: 5, caught: 3, survived: 2, score: 60 },
    )
  })

  it('shows where a survivor is, and what was replaced by what', () => {
    const [survivor] = roomScore('market', REPORT, []).survivors
    assert.equal(
      survivorText(survivor!),
      'functions/market/days.ts:2: day.length === 10 → true\n    return day.length === 10 || day === FIRST',
    )
  })

  it('is of some files of a report where only these are asked for', () => {
    const { files } = REPORT
    const report = { files: { ...files, 'functions/market/glob.ts': { source, mutants: [mutant('Killed', 'a')] } } }
    const ofOne = onlyFiles(report, file => file.endsWith('/glob.ts'))
    assert.equal(roomScore('market/glob.ts', ofOne).mutants, 1)
    assert.equal(roomScore('market', report).mutants, 6)
  })

  it('does not count an equivalent, as long as its line is the one that was read', () => {
    const known = {
      file: 'functions/market/days.ts',
      text: 'return day.length === 10 || day === FIRST',
      why: 'an example',
    }
    const scored = (...equivalents: Parameters<typeof roomScore>[2] & object) => {
      const { equivalents: count, score } = roomScore('market', REPORT, equivalents)
      return { count, score }
    }
    assert.deepEqual(scored({ ...known, to: 'true' }), { count: 1, score: 75 })
    assert.deepEqual(scored(known), { count: 2, score: 100 })
    assert.deepEqual(scored({ ...known, text: 'return day.length === 10' }), { count: 0, score: 60 })
  })

  it('forgets survivors in code that runs at import, so that new tests are tried on them, and nothing else', () => {
    const mutants = [
      { ...mutant('Survived', 'a'), static: true },
      { ...mutant('Survived', 'b'), static: false },
      { ...mutant('Killed', 'c'), static: true },
    ]
    const report = { ...REPORT, testFiles: {}, files: { 'a.ts': { source, mutants } } }
    const kept = { ...REPORT, testFiles: {}, files: { 'a.ts': { source, mutants: mutants.slice(1) } } }
    assert.deepEqual(withoutStaticSurvivors(report), kept)
  })

  it('gives a room without mutants the full score', () => {
    assert.equal(roomScore('market', { files: {} }, []).score, 100)
  })

  it('has no equivalent whose line is in its file no more', () => {
    const linesOf = (file: string) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .map(line => line.trim())
    const stale = EQUIVALENTS.filter(({ file, text }) => !linesOf(file).includes(text))
    assert.deepEqual(
      stale.map(({ file, text }) => `${file}: ${text}`),
      [],
    )
  })
})
