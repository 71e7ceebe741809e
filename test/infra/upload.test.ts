import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT } from './terraform.ts'

const NEEDED = [
  '.ci/run',
  '.gcloudignore',
  '.gitignore',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'biome.json',
  'cloudbuild.yaml',
  'functions/index.ts',
  'infra/README.md',
  'infra/package.ts',
  'infra/pubsub.tf',
  'infra/terraform.tfvars',
  'infra/.terraform.lock.hcl',
  'knip.json',
  'package-lock.json',
  'package.json',
  'test/infra/upload.test.ts',
  'tsconfig.json',
]
const UNWANTED = [
  '.env',
  '.env.local',
  '.git/config',
  'CONTRIBUTING.md',
  'data/ticks/data_type=trades/venue=v/date=2024-01-01/S.parquet',
  'dist/index.js',
  'functions/ticks/encoder.wasm',
  'functions/ticks/reader.wasm',
  'infra/.artefact/package.json',
  'infra/.artefact.zip',
  'infra/.terraform/providers/google',
  'infra/terraform.tfstate',
  'infra/terraform.tfstate.backup',
  'infra/tick.tfplan',
  'node_modules/zod/package.json',
  'npm-debug.log',
]

describe('.gcloudignore', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'upload-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('lets through what the build reads, and nothing else', function () {
    for (const path of [...NEEDED, ...UNWANTED]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), '')
    }
    writeFileSync(join(folder, '.gcloudignore'), readFileSync(join(ROOT, '.gcloudignore')))
    // Its patterns are git's, so git can say what they mean.
    const git = (...args: string[]) =>
      spawnSync('git', ['--git-dir', `${folder}.git`, '--work-tree', folder, ...args], {
        cwd: folder,
        encoding: 'utf8',
      })
    const made = git('init', '--quiet')
    if (made.error) {
      console.warn(`SKIPPED: git cannot be run here (${made.error.message}), so nobody checked what is uploaded`)
      this.skip()
    }
    const listed = git('ls-files', '--others', '--exclude-from=.gcloudignore')
    rmSync(`${folder}.git`, { recursive: true })
    assert.equal(listed.status, 0, listed.stderr)
    assert.deepEqual(listed.stdout.trim().split('\n').sort(), [...NEEDED].sort())
  })
})
