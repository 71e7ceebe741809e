#!/usr/bin/env node
/**
 * The `tick-handler` command: the sources in a checkout, what was compiled from them in an installed package. Plain
 * JavaScript, so that a Node that is too old says so: Node strips no types under node_modules, and old ones none at all.
 */
import { existsSync } from 'node:fs'
import module from 'node:module'

const NEEDED = '24.9'
const found = process.versions.node

if (isOlder(found, NEEDED)) {
  process.stderr.write(
    `tick-handler: needs Node ${NEEDED} or newer, found ${found}; in a checkout, npx --no tick-handler uses the right one\n`,
  )
  process.exitCode = 2
} else {
  // A fifth less CPU time for a start, in a checkout half. Where the cache cannot be written, all goes on without it.
  module.enableCompileCache()
  const source = new URL('./tick-handler.ts', import.meta.url)
  await import(existsSync(source) ? source.href : new URL('../../dist/local/tick-handler.js', import.meta.url).href)
}

function isOlder(version, needed) {
  const [[major, minor], [neededMajor, neededMinor]] = [version, needed].map(text => text.split('.').map(Number))
  return major < neededMajor || (major === neededMajor && minor < neededMinor)
}
