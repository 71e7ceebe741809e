/**
 * A test runner of StrykerJS for mocha 12, which StrykerJS's own runner (10.0.0) does not start with. It loads the test
 * files once, notes which tests reach which mutants, and runs only these for a mutant.
 *
 * Contract: https://stryker-mutator.io/docs/stryker-js/guides/create-a-plugin/
 */
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core'
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner'
import Mocha from 'mocha'

/** A test that waits for ever fails after this: a mutant that hangs is caught by the test, not by a killed process. */
const TEST_TIMEOUT_MS = 10_000

class MochaRunner {
  static inject = tokens(commonTokens.options)

  #files
  #mocha
  #isLoaded = false
  /** What the instrumented code writes to and reads from. */
  #instrumenter

  constructor({ mochaFiles }) {
    this.#files = mochaFiles
    this.#instrumenter = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {}
  }

  /** Node keeps a module that is imported, so a mutant in code that runs at import needs a new process. */
  capabilities() {
    return { reloadEnvironment: false }
  }

  init() {
    this.#mocha = new Mocha({ reporter: class {}, timeout: TEST_TIMEOUT_MS })
    this.#mocha.cleanReferencesAfterRun(false)
    for (const file of globSync(this.#files)) this.#mocha.addFile(resolve(file))
    const instrumenter = this.#instrumenter
    this.#mocha.suite.beforeEach(function () {
      instrumenter.currentTestId = this.currentTest.fullTitle()
    })
  }

  async dryRun({ disableBail }) {
    const result = await this.#run(disableBail)
    return result.status === DryRunStatus.Complete
      ? { ...result, mutantCoverage: this.#instrumenter.mutantCoverage }
      : result
  }

  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit, mutantActivation }) {
    this.#instrumenter.hitLimit = hitLimit
    this.#instrumenter.hitCount = hitLimit === undefined ? undefined : 0
    const ids = new Set(testFilter)
    // Mocha asks this for each full title, as it would ask a regular expression.
    this.#mocha.options.grep = testFilter ? { test: title => ids.has(title), toString: () => 'testFilter' } : undefined
    return toMutantRunResult(await this.#run(disableBail, activeMutant.id, mutantActivation))
  }

  async #run(disableBail, mutant, mutantActivation) {
    try {
      if (!this.#isLoaded) {
        this.#instrumenter.activeMutant = mutantActivation === 'static' ? mutant : undefined
        await this.#mocha.loadFilesAsync()
        this.#isLoaded = true
      }
      this.#instrumenter.activeMutant = mutant
      bail(this.#mocha.suite, !disableBail)
      const tests = await this.#runTests()
      const { hitCount, hitLimit } = this.#instrumenter
      return determineHitLimitReached(hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests }
    } catch (error) {
      return { status: DryRunStatus.Error, errorMessage: error instanceof Error ? error.stack : String(error) }
    }
  }

  async #runTests() {
    const tests = []
    let startedMs = performance.now()
    const ended = (test, rest) => {
      const name = test.ctx?.currentTest?.fullTitle() ?? test.fullTitle()
      tests.push({ id: name, name, fileName: test.file, timeSpentMs: performance.now() - startedMs, ...rest })
      startedMs = performance.now()
    }
    await new Promise(resolve => {
      const runner = this.#mocha.run(resolve)
      runner.on('pass', test => ended(test, { status: TestStatus.Success }))
      runner.on('pending', test => ended(test, { status: TestStatus.Skipped }))
      runner.on('fail', (test, error) =>
        ended(test, { status: TestStatus.Failed, failureMessage: String(error.message) }),
      )
    })
    return tests
  }

  dispose() {
    this.#mocha?.dispose()
  }
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
