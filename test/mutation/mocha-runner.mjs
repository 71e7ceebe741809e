/**
 * A test runner of StrykerJS for mocha 12, which StrykerJS's own runner (10.0.0) does not start with. It loads the test
 * files once, notes which tests reach which mutants, and runs only these for a mutant. A mutant in code that runs at import
 * gets an evaluation of its own, of the test files that import its file.
 *
 * Contract: https://stryker-mutator.io/docs/stryker-js/guides/create-a-plugin/
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core'
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner'
import Mocha from 'mocha'
import { coverageByTest, idOf } from './coverage.mjs'
import { beginEvaluation, installHooks, reaching, returnToEvaluation } from './evaluations.mjs'

/** A test of the dry run, or a hook, that takes longer fails. Many run beside other work. */
const MAX_TEST_MS = 120_000
/** A mutant that makes a test wait for ever is caught after this, and so much more as the test took in the dry run. */
const MAX_WAIT_MS = 3000
const MAX_SLOWDOWN = 5
/** How long each test took in the dry run, in the working directory, for the other processes. */
const TIMES_FILE = 'test-times.json'

class MochaRunner {
  static inject = tokens(commonTokens.options)

  #files
  /** Without a mutant at import. */
  #plain
  #testTimesMs
  /** What the instrumented code writes to and reads from. */
  #instrumenter

  constructor({ mochaFiles }) {
    installHooks()
    this.#files = globSync(mochaFiles).map(file => resolve(file))
    this.#instrumenter = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {}
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun() {
    const result = await this.#result(async () => this.#runTests(await this.#loadPlain()))
    if (result.status !== DryRunStatus.Complete) return result
    const times = Object.fromEntries(result.tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]))
    writeFileSync(TIMES_FILE, JSON.stringify(times))
    return { ...result, mutantCoverage: coverageByTest(this.#instrumenter.mutantCoverage, this.#plain.mocha.suite) }
  }

  async mutantRun({ activeMutant: { id }, testFilter, disableBail, hitLimit, mutantActivation, sandboxFileName }) {
    if (existsSync(TIMES_FILE)) this.#testTimesMs ??= JSON.parse(readFileSync(TIMES_FILE, 'utf8'))
    const result = await this.#result(async () => {
      const plain = await this.#loadPlain()
      this.#limitHits(hitLimit)
      this.#instrumenter.activeMutant = id
      const loaded = mutantActivation === 'static' ? await load(reaching(this.#files, resolve(sandboxFileName))) : plain
      return this.#runTests(loaded, { testFilter, isBail: !disableBail })
    })
    return toMutantRunResult(result)
  }

  #limitHits(hitLimit) {
    this.#instrumenter.hitLimit = hitLimit
    this.#instrumenter.hitCount = hitLimit === undefined ? undefined : 0
  }

  async #loadPlain() {
    this.#instrumenter.activeMutant = undefined
    this.#plain ??= await load(this.#files)
    returnToEvaluation(this.#plain.evaluation)
    return this.#plain
  }

  /** Of a suite. The quickest run first: most mutants need no other. */
  #timeMs(suite) {
    let sum = 0
    suite.eachTest(test => {
      sum += this.#testTimesMs[test.fullTitle()] ?? 0
    })
    return sum
  }

  async #result(run) {
    try {
      const tests = await run()
      const { hitCount, hitLimit } = this.#instrumenter
      return determineHitLimitReached(hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests }
    } catch (error) {
      return { status: DryRunStatus.Error, errorMessage: error instanceof Error ? error.stack : String(error) }
    }
  }

  async #runTests({ mocha }, { testFilter, isBail = false } = {}) {
    const ids = new Set(testFilter)
    // Mocha asks this for each full title, as it would ask a regular expression.
    mocha.options.grep = testFilter ? { test: title => ids.has(title), toString: () => 'testFilter' } : undefined
    bail(mocha.suite, isBail)
    if (this.#testTimesMs) mocha.suite.suites.sort((a, b) => this.#timeMs(a) - this.#timeMs(b))
    const tests = []
    let startedMs = performance.now()
    const ended = (test, rest) => {
      const name = test.ctx?.currentTest?.fullTitle() ?? test.fullTitle()
      tests.push({ id: name, name, fileName: test.file, timeSpentMs: performance.now() - startedMs, ...rest })
      startedMs = performance.now()
    }
    await new Promise(resolve => {
      const runner = mocha.run(resolve)
      const began = runnable => {
        this.#instrumenter.currentTestId = idOf(runnable)
      }
      runner.on('hook', began)
      runner.on('test', test => {
        began(test)
        const timeMs = this.#testTimesMs?.[test.fullTitle()]
        if (timeMs !== undefined) test.timeout(MAX_WAIT_MS + MAX_SLOWDOWN * timeMs)
      })
      runner.on('pass', test => ended(test, { status: TestStatus.Success }))
      runner.on('pending', test => ended(test, { status: TestStatus.Skipped }))
      runner.on('fail', (test, error) =>
        ended(test, { status: TestStatus.Failed, failureMessage: String(error.message) }),
      )
    })
    return tests
  }
}

/** Mocha's own loading keeps modules, so it would not evaluate a file a second time. */
async function load(files) {
  const evaluation = beginEvaluation()
  const mocha = new Mocha({ reporter: class {}, timeout: MAX_TEST_MS })
  mocha.cleanReferencesAfterRun(false)
  const { EVENT_FILE_PRE_REQUIRE, EVENT_FILE_REQUIRE, EVENT_FILE_POST_REQUIRE } = Mocha.Suite.constants
  for (const file of files) {
    mocha.suite.emit(EVENT_FILE_PRE_REQUIRE, globalThis, file, mocha)
    mocha.suite.emit(EVENT_FILE_REQUIRE, await import(pathToFileURL(file).href), file, mocha)
    mocha.suite.emit(EVENT_FILE_POST_REQUIRE, globalThis, file, mocha)
  }
  // A test that timed out may still fail while another mutant is tested. Without a listener that would end the process.
  mocha.suite.eachTest(test => test.on('error', () => {}))
  return { mocha, evaluation }
}

function bail(suite, isOn) {
  suite.bail(isOn)
  for (const child of suite.suites) bail(child, isOn)
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-12', MochaRunner)]

/** The option that names the test files. */
export const strykerValidationSchema = {
  properties: { mochaFiles: { type: 'array', items: { type: 'string' }, description: 'globs of the test files' } },
}
