import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const reported = new Set<string>()
const here = { isCi: Boolean(process.env.CI), platform: `${process.platform}-${process.arch}` }

/**
 * Loads a reader whose binary npm cannot install on every platform. Where it is missing the test is skipped, with a
 * message on stderr. In CI on linux-x64, where every reader has a binary, the test fails.
 */
export function installedReader<T>(test: Pick<Mocha.Context, 'skip'>, name: string, { isCi, platform } = here): T {
  try {
    return require(name) as T
  } catch (error) {
    const message = `${name} cannot be loaded on ${platform}, expected its binary in node_modules: run npm ci`
    if (isCi && platform === 'linux-x64') throw new Error(message, { cause: error })
    if (!reported.has(name)) process.stderr.write(`\n  !! NOT TESTED: what ${name} reads\n  !! ${message}\n\n`)
    reported.add(name)
    return test.skip()
  }
}
