/** Bundles what is deployed, so that a start reads and compiles no more than it needs. */

import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

const FOLDER = join(import.meta.dirname, 'bundle')

/** Packages of which only a part is used, or only later, and the file that stands for each. */
const PARTS: Readonly<Record<string, string>> = {
  '@google-cloud/logging': 'logging.cjs',
  '@google-cloud/pubsub': 'pubsub.cjs',
  '@google-cloud/storage': 'storage.cjs',
  undici: 'undici.cjs',
}

const parts: Plugin = {
  name: 'parts',
  setup(build) {
    const names = new RegExp(`^(?:${Object.keys(PARTS).join('|')})$`)
    build.onResolve({ filter: names }, ({ path }) => ({ path: join(FOLDER, 'parts', PARTS[path]!) }))
  },
}

/** In a CommonJS file: what `import.meta.url` stands for. */
const URL_OF_FILE = "const bundleUrl=require('node:url').pathToFileURL(__filename).href;"

/** Names are kept and lines are short, so that a stack can be read. The source maps lead on to the sources. */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // A script that is run by `load.cjs` can require, and not import.
  supported: { 'dynamic-import': false },
  minifyWhitespace: true,
  lineLimit: 120,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  logLevel: 'silent',
  define: { 'import.meta.url': 'bundleUrl' },
} satisfies BuildOptions

/** What `load.cjs` calls. */
const FUNCTION = {
  banner: { js: `(function(exports,require,module,__filename,__dirname,load){${URL_OF_FILE}` },
  footer: { js: '})' },
}

const BUNDLES: Readonly<Record<string, Pick<BuildOptions, 'banner' | 'footer' | 'plugins'> & { entry: string }>> = {
  functions: { entry: 'infra/bundle/entry.cjs', plugins: [parts], ...FUNCTION },
  pubsub: { entry: 'node_modules/@google-cloud/pubsub/build/src/index.js', ...FUNCTION },
  'thread-entry': { entry: 'functions/ticks/parquet/thread-entry.ts', banner: { js: URL_OF_FILE } },
}

/**
 * Writes `functions.js`, `pubsub.js` (for `load.cjs`), `thread-entry.js` and their source maps into the folder `to`, from the
 * sources of the checkout `root`. The same sources give the same files.
 * @returns the source files that went into them, relative to `root`, in order
 * @throws Error from esbuild, which names file and line
 */
export async function bundle(root: string, to: string): Promise<string[]> {
  const inputs = new Set<string>()
  for (const [name, { entry, ...options }] of Object.entries(BUNDLES)) {
    const files = { absWorkingDir: root, entryPoints: [join(root, entry)], outfile: join(to, `${name}.js`) }
    const { metafile } = await build({ ...OPTIONS, ...options, ...files })
    for (const input of Object.keys(metafile.inputs)) inputs.add(input)
  }
  return [...inputs].sort()
}
