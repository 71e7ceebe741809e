import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { thirdPartyNotices } from '../../infra/notices.ts'
import { frameworkPackage, layOut, type PackageJson, productionLock, productionPackage } from '../../infra/package.ts'
import { first, ofType, ROOT, readFiles, readModule } from './terraform.ts'

const FRAMEWORK = '@google-cloud/functions-framework'

function json<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T
}

describe('infra/package', () => {
  const whole = json<PackageJson>(ROOT, 'package.json')
  const installed = json<PackageJson>(ROOT, 'node_modules', FRAMEWORK, 'package.json')
  const production = productionPackage(whole)
  const framework = frameworkPackage(installed)

  it('leaves the builder nothing to run, and nothing to install but the framework, from a folder', () => {
    assert.deepEqual(production.dependencies, { [FRAMEWORK]: 'file:functions-framework' })
    for (const field of ['scripts', 'devDependencies', 'bin']) assert.equal(field in production, false, field)
  })

  it('gives the builder the program that it starts and the version that it notes', () => {
    assert.equal(framework.name, FRAMEWORK)
    assert.equal(framework.version, whole.dependencies?.[FRAMEWORK])
    assert.deepEqual(Object.keys(framework.bin ?? {}), ['functions-framework'])
  })

  it("names the Node of the functions' runtime, and no newer one", async () => {
    const [deployed] = ofType(await readModule(readFiles()), 'google_cloudfunctions2_function')
    const [, major] = /^nodejs(\d+)$/.exec(String(first(deployed!.body.build_config).runtime))!
    assert.deepEqual(production.engines, { node: `${major}.x` })
    assert.deepEqual(productionLock(production, framework).packages['']!.engines, production.engines)
  })

  it('is refused without the compiled kernel', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'package-'))
    try {
      await assert.rejects(
        layOut(folder, join(folder, 'out')),
        /reader\.wasm: found no file, .* \(npm run build:kernel\)/,
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('infra/notices', () => {
  let root: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'notices-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  function installPackage(path: string, files: Record<string, string>): void {
    mkdirSync(join(root, 'node_modules', path), { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'node_modules', path, name), text)
  }

  it('name each bundled package once, with its licence and its texts', () => {
    const described = JSON.stringify({ name: '@a/b', version: '1.2.3', license: 'MIT' })
    installPackage('@a/b', { 'package.json': described, 'LICENSE.md': 'Copyright A', NOTICE: 'B helped', 'a.js': '' })
    installPackage('@a/b/esm', { 'package.json': '{"type":"module"}', 'c.js': '' })
    const text = thirdPartyNotices(root, ['functions/x.ts', 'node_modules/@a/b/a.js', 'node_modules/@a/b/esm/c.js'])
    assert.equal(text.match(/@a\/b 1\.2\.3 \(MIT\)/g)?.length, 1)
    assert.match(text, /Copyright A[\s\S]*B helped/)
  })

  it('refuse a package without a licence, and a file of no package', () => {
    installPackage('bare', { 'package.json': '{"name":"bare","version":"1.0.0"}', 'a.js': '' })
    assert.throws(() => thirdPartyNotices(root, ['node_modules/bare/a.js']), /bare 1\.0\.0: found no licence/)
    installPackage('none', { 'a.js': '' })
    assert.throws(() => thirdPartyNotices(root, ['node_modules/none/a.js']), /none\/a\.js: found no package\.json/)
  })
})
