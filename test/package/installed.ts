import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const SOURCES = ['functions', 'package.json', 'tsconfig.json', 'tsconfig.build.json']
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'LICENSE']
const run = promisify(execFile)

export interface InstalledPackage extends AsyncDisposable {
  /** The folder that it is installed into, empty but for node_modules. */
  readonly folder: string
  /** The paths in the tarball. */
  readonly files: readonly string[]
  readonly tarballBytes: number
}

/**
 * Packs a copy of the checkout and installs the tarball into an empty folder, as a user does.
 * @throws NoRegistry where npm cannot get the dependencies
 */
export async function installPackage(): Promise<InstalledPackage> {
  const scratch = await mkdtemp(join(tmpdir(), 'package-'))
  const dispose = () => rm(scratch, { recursive: true, force: true })
  try {
    const [copy, folder] = [join(scratch, 'copy'), join(scratch, 'folder')]
    for (const name of [...SOURCES, ...DOCUMENTS]) await cp(join(ROOT, name), join(copy, name), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    const [packed] = JSON.parse((await npm(copy, 'pack', '--silent', '--json')).stdout)
    await mkdir(folder)
    await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}')
    await npm(folder, 'install', '--prefer-offline', join(copy, packed.filename)).catch(throwNoRegistry)
    const files = packed.files.map(({ path }: { path: string }) => path)
    return { folder, files, tarballBytes: packed.size, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** npm could not reach the registry. */
export class NoRegistry extends Error {}

function throwNoRegistry(error: { stderr?: string }): never {
  const [code] = /\b(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTCACHED)\b/.exec(error.stderr ?? '') ?? []
  if (code) throw new NoRegistry(`npm install ended with ${code}`, { cause: error })
  throw error
}

function npm(cwd: string, ...args: string[]) {
  return run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, maxBuffer: 1 << 26 })
}
