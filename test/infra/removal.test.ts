import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { layOutArtefact, writeStandIns } from './stand-ins.ts'
import { readFiles, readModule } from './terraform.ts'

describe('infra, applied and removed with stand-ins for its providers', function () {
  this.timeout(120_000)
  const folders: string[] = []
  before(function () {
    const { error } = spawnSync('terraform', ['version'])
    if (!error) return
    console.warn(
      `SKIPPED: terraform cannot be run here (${error.message}), so nobody applied and removed a copy of infra`,
    )
    this.skip()
  })
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true })
  })

  async function copy(files = readFiles()): Promise<string> {
    const folder = writeStandIns(await readModule(files))
    folders.push(folder)
    succeeds(folder, 'init')
    return folder
  }

  async function applied(files = readFiles()): Promise<string> {
    const folder = await copy(files)
    layOutArtefact(folder)
    succeeds(folder, 'apply', '-auto-approve')
    return folder
  }

  it('has nothing left to change after an apply', async () => {
    const folder = await applied()
    assert.equal(terraform(folder, 'plan', '-detailed-exitcode').status, 0)
  })

  it('is removed where nothing was built', async () => {
    const folder = await applied()
    rmSync(join(folder, '.artefact'), { recursive: true })
    succeeds(folder, 'destroy', '-auto-approve')
    assert.equal(succeeds(folder, 'state', 'list'), '')
  })

  it('is removed without the data bucket, as documented', async () => {
    const folder = await applied()
    rmSync(join(folder, '.artefact'), { recursive: true })
    succeeds(folder, 'state', 'rm', 'terraform_data.google_storage_bucket__data')
    succeeds(folder, 'destroy', '-auto-approve')
    assert.equal(succeeds(folder, 'state', 'list'), '')
  })

  it('is not applied where nothing was built, and says which command builds', async () => {
    const { status, output } = terraform(await copy(), 'plan')
    assert.equal(status, 1)
    assert.match(output, /infra\/\.artefact holds no package\.json, .* Run: npm run build && node infra\/package\.ts/)
  })

  it('could not be removed if the archive were always read', async () => {
    const files = readFiles()
    const text = files.get('storage.tf')!
    const faulty = text.replace(/count = fileexists.*/, 'count = 1')
    assert.notEqual(faulty, text)
    const folder = await applied(files.set('storage.tf', faulty))
    rmSync(join(folder, '.artefact'), { recursive: true })
    const { status, output } = terraform(folder, 'destroy', '-auto-approve')
    assert.equal(status, 1)
    assert.match(output, /Unable to find remote state/)
  })
})

function terraform(folder: string, ...args: string[]): { status: number | null; output: string } {
  const { TF_CLI_CONFIG_FILE: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync('terraform', args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, CHECKPOINT_DISABLE: '1', NO_COLOR: '1', TF_CLI_ARGS: '-no-color', TF_IN_AUTOMATION: '1' },
  })
  // An error stands on stderr, wrapped into lines.
  return { status, output: (status === 0 ? stdout : stderr).replace(/\s+/g, ' ') }
}

/** What it says on stdout. */
function succeeds(folder: string, ...args: string[]): string {
  const { status, output } = terraform(folder, ...args)
  assert.equal(status, 0, `terraform ${args.join(' ')}: ${output}`)
  return output.trim()
}
