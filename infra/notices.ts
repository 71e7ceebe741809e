import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const LICENCE_FILE = /^(?:licen[cs]e|notice|copying)(?:[.-].*)?$/i

interface Described {
  readonly name?: string
  readonly version?: string
  readonly license?: string
}

/**
 * The licences of the packages whose files were bundled, as their terms ask for: names, versions and texts.
 * @param inputs the files, relative to `root`
 */
export function thirdPartyNotices(root: string, inputs: readonly string[]): string {
  const folders = new Set(inputs.filter(input => input.startsWith('node_modules/')).map(input => folderOf(root, input)))
  const notices = new Map([...folders].map(folder => noticeOf(join(root, folder))))
  const sorted = [...notices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice)
  return `The files in this folder contain parts of these packages.\n\n${sorted.join('\n')}`
}

/** Packages have further package.json files inside, without a name or a version. */
function folderOf(root: string, input: string): string {
  for (let folder = dirname(input); folder !== '.'; folder = dirname(folder)) {
    const { name, version } = describe(join(root, folder))
    if (name && version) return folder
  }
  throw new Error(`${input}: found no package.json with a name and a version above it`)
}

function describe(folder: string): Described {
  const path = join(folder, 'package.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

function noticeOf(folder: string): [string, string] {
  const { name, version, license } = describe(folder)
  const texts = readdirSync(folder)
    .filter(file => LICENCE_FILE.test(file))
    .sort()
    .map(file => readFileSync(join(folder, file), 'utf8').trim())
  const title = `${name} ${version}`
  if (!license && texts.length === 0) throw new Error(`${title}: found no licence in its package.json or beside it`)
  const head = `${'='.repeat(80)}\n${title} (${license ?? 'see below'})\n${'='.repeat(80)}\n`
  return [title, `${head}${texts.map(text => `\n${text}\n`).join('')}`]
}
