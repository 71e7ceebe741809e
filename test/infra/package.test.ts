import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  isDeployed,
  layOut,
  type PackageJson,
  type PackageLock,
  productionLock,
  productionPackage,
} from '../../infra/package.ts'
import { first, ofType, ROOT, readFiles, readModule } from './terraform.ts'

function json<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T
}

describe('infra/package', () => {
  const whole = { ...json<PackageJson>(ROOT, 'package.json'), main: 'dist/index.js' }
  const lock = json<PackageLock>(ROOT, 'package-lock.json')

  it('leaves the builder nothing to run and nothing but production dependencies', () => {
    const production = productionPackage(whole)
    assert.deepEqual(production.dependencies, whole.dependencies)
    assert.equal(production.type, 'module')
    assert.equal('scripts' in production, false)
    assert.equal('devDependencies' in production, false)
    assert.equal('bin' in production, false)
  })

  it("names the Node of the functions' runtime, and no newer one", async () => {
    const [deployed] = ofType(await readModule(readFiles()), 'google_cloudfunctions2_function')
    const [, major] = /^nodejs(\d+)$/.exec(String(first(deployed!.body.build_config).runtime))!
    const production = productionPackage(whole)
    assert.deepEqual(production.engines, { node: `${major}.x` })
    assert.deepEqual(productionLock(lock, production).packages['']!.engines, production.engines)
  })

  it('keeps package.json and lock in step, as npm ci demands', () => {
    const production = productionPackage(whole)
    const { packages } = productionLock(lock, production)
    assert.deepEqual(packages['']!.dependencies, production.dependencies)
    assert.equal('devDependencies' in packages['']!, false)
    assert.deepEqual(
      Object.entries(packages).filter(([, entry]) => entry.dev),
      [],
    )
    for (const name of Object.keys(production.dependencies!)) assert.ok(packages[`node_modules/${name}`], name)
    assert.ok(Object.keys(packages).length < Object.keys(lock.packages).length)
  })

  it('locks everything that something locked depends on', () => {
    const { packages } = productionLock(lock, productionPackage(whole))
    const found = (name: string, from: string): boolean =>
      packages[join(from, 'node_modules', name)] !== undefined || (from !== '' && found(name, above(from)))
    for (const [path, entry] of Object.entries(packages)) {
      for (const name of Object.keys((entry.dependencies as object) ?? {})) {
        assert.ok(found(name, path), `${path} depends on ${name}`)
      }
    }
  })

  it('refuses a lockfile that it does not know', () => {
    assert.throws(() => productionLock({ ...lock, lockfileVersion: 2 }, whole), /found version 2, expected 3/)
  })

  it('leaves out what only the local commands and tools need', () => {
    for (const path of ['', 'index.js', 'ticks/encoder.wasm', 'fetch/handler.js', 'fetch/local.js']) {
      assert.equal(isDeployed(path), true, path)
    }
    for (const path of [
      'local',
      'local/pipeline/bus.js',
      'emulators/gcs/server.js',
      'index.js.map',
      'fetch/handler.d.ts',
      'x.tsbuildinfo',
    ]) {
      assert.equal(isDeployed(path), false, path)
    }
  })

  describe('a folder', () => {
    let folder: string

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'package-'))
      writeFileSync(join(folder, 'package.json'), JSON.stringify(whole))
      cpSync(join(ROOT, 'package-lock.json'), join(folder, 'package-lock.json'))
      for (const path of ['index.js', 'ticks/encoder.wasm', 'local/tick-handler.js', 'emulators/gcs/server.js']) {
        mkdirSync(dirname(join(folder, 'dist', path)), { recursive: true })
        writeFileSync(join(folder, 'dist', path), path)
      }
    })
    afterEach(() => rmSync(folder, { recursive: true }))

    it('is laid out the same each time, and holds nothing of before', () => {
      const to = join(folder, 'out')
      const expected = ['.npmrc', 'dist/index.js', 'dist/ticks/encoder.wasm', 'package-lock.json', 'package.json']
      assert.deepEqual(layOut(folder, to), expected)
      const before = expected.map(path => readFileSync(join(to, path), 'utf8'))
      writeFileSync(join(to, 'left-over.js'), '')
      assert.deepEqual(layOut(folder, to), expected)
      assert.deepEqual(
        expected.map(path => readFileSync(join(to, path), 'utf8')),
        before,
      )
    })

    it('is refused without the compiled entry point', () => {
      rmSync(join(folder, 'dist', 'index.js'))
      assert.throws(() => layOut(folder, join(folder, 'out')), /main is dist\/index\.js, expected .* \(npm run build\)/)
    })

    it('is refused without the compiled kernel', () => {
      rmSync(join(folder, 'dist', 'ticks'), { recursive: true })
      assert.throws(() => layOut(folder, join(folder, 'out')), /no \.wasm file, expected .* \(npm run build\)/)
    })
  })
})

/** The folder whose node_modules is looked into next: `a/node_modules/b` → `a`. */
function above(path: string): string {
  const end = path.lastIndexOf('node_modules')
  return end <= 0 ? '' : path.slice(0, end - 1)
}
