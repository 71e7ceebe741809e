import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isPrefix } from '../../functions/market/prefix.ts'
import { layOutArtefact, writeStandIns } from './stand-ins.ts'
import { first, readFiles, readModule } from './terraform.ts'

describe('infra, applied and removed with stand-ins for its providers', function () {
  this.timeout(120_000)
  let applied: string
  const copies: string[] = []

  before(async function () {
    const { error } = spawnSync('terraform', ['version'])
    if (error) {
      console.warn(
        `SKIPPED: terraform cannot be run here (${error.message}), so nobody applied and removed a copy of infra`,
      )
      return this.skip()
    }
    applied = newFolder()
    await writeStandIns(applied, readFiles())
    layOutArtefact(applied)
    succeeds(applied, 'init')
    succeeds(applied, 'apply', '-auto-approve')
  })
  after(() => {
    for (const folder of copies) rmSync(folder, { recursive: true })
  })

  function newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'infra-'))
    copies.push(folder)
    return folder
  }

  /** What is applied, in a checkout where nothing was built. */
  function freshCheckout(): string {
    const folder = newFolder()
    cpSync(applied, folder, { recursive: true })
    rmSync(join(folder, '.artefact'), { recursive: true })
    return folder
  }

  it('has nothing left to change after an apply', () => {
    assert.equal(terraform(applied, 'plan', '-detailed-exitcode').status, 0)
  })

  it('is removed where nothing was built', () => {
    const folder = freshCheckout()
    succeeds(folder, 'destroy', '-auto-approve')
    assert.equal(succeeds(folder, 'state', 'list'), '')
  })

  it('is removed without the data bucket, as documented', () => {
    const folder = freshCheckout()
    succeeds(folder, 'state', 'rm', 'terraform_data.google_storage_bucket__data')
    succeeds(folder, 'destroy', '-auto-approve')
    assert.equal(succeeds(folder, 'state', 'list'), '')
  })

  it('is not applied where nothing was built, and says which command builds', () => {
    const { status, output } = terraform(freshCheckout(), 'plan')
    assert.equal(status, 1)
    assert.match(output, /infra\/\.artefact holds no package\.json, .* Run: npm run build && node infra\/package\.ts/)
  })

  it('could not be removed if the archive were always read', async () => {
    const files = readFiles()
    const text = files.get('storage.tf')!
    const faulty = text.replace(/count = fileexists.*/, 'count = 1')
    assert.notEqual(faulty, text)
    const folder = freshCheckout()
    await writeStandIns(folder, files.set('storage.tf', faulty))
    const { status, output } = terraform(folder, 'destroy', '-auto-approve')
    assert.equal(status, 1)
    assert.match(output, /Unable to find remote state/)
  })
})

describe("infra's variables", () => {
  it('refuse the prefixes that the functions refuse', async function () {
    const { variables } = await readModule(readFiles())
    const { condition } = first(variables.get('bucket_prefix')!.validation)
    const prefixes = [
      'ticks',
      'a/b=c/ticks',
      '_ledger',
      'a/_Ledger',
      '.tick-handler/x',
      '_iceberg',
      '..',
      'a//b',
      'a/',
      'ü',
    ]
    const each = String(condition).slice(2, -1).replaceAll('var.bucket_prefix', 'prefix')
    const asked = `jsonencode([for prefix in ${JSON.stringify(prefixes)} : ${each}])`
    const { error, stdout, stderr } = spawnSync('terraform', ['console'], {
      input: asked,
      encoding: 'utf8',
      cwd: tmpdir(),
      env: ENV,
    })
    if (error) {
      console.warn(`SKIPPED: terraform cannot be run here (${error.message}), so nobody asked it for bucket_prefix`)
      this.skip()
    }
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(JSON.parse(stdout)), prefixes.map(isPrefix))
  })
})

const { TF_CLI_CONFIG_FILE: _, ...OUTSIDE } = process.env
const ENV = { ...OUTSIDE, CHECKPOINT_DISABLE: '1', TF_CLI_ARGS: '-no-color', TF_IN_AUTOMATION: '1' }

function terraform(folder: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('terraform', args, { cwd: folder, encoding: 'utf8', env: ENV })
  // An error stands on stderr, wrapped into lines.
  return { status, output: (status === 0 ? stdout : stderr).replace(/\s+/g, ' ') }
}

/** What it says on stdout. */
function succeeds(folder: string, ...args: string[]): string {
  const { status, output } = terraform(folder, ...args)
  assert.equal(status, 0, `terraform ${args.join(' ')}: ${output}`)
  return output.trim()
}
