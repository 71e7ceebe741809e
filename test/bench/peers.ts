/**
 * Makes Polars importable. npm leaves its binary out where npm itself runs on a Node.js older than the binary asks for,
 * although everything here runs on the Node.js of this project.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

try {
  require('nodejs-polars')
} catch {
  const { optionalDependencies } = JSON.parse(readFileSync(require.resolve('nodejs-polars/package.json'), 'utf8'))
  const binary = `nodejs-polars-${process.platform}-${process.arch}`
  const name = Object.keys(optionalDependencies).find(key => key === binary || key === `${binary}-gnu`)
  if (!name) throw new Error(`Polars has no binary for ${process.platform} ${process.arch}`)
  const wanted = `${name}@${optionalDependencies[name]}`
  const args = ['install', '--no-save', '--ignore-scripts', wanted]
  const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}`)
}
