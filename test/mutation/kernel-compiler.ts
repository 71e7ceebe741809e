import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { main } from 'assemblyscript/asc'

const KERNEL = 'functions/ticks/kernel'
const PARTS = ['reader', 'encoder']

/** A part of the kernel: what it is compiled from, and its WebAssembly. */
interface Part {
  readonly name: string
  readonly files: ReadonlySet<string>
  readonly bytes: Buffer
}

/**
 * Compiles the kernel of a checkout with one file changed, the parts that the file is in. It stays in this process,
 * because a compiler that has run before takes a fifth of the time.
 */
export class KernelCompiler {
  private readonly folder: string
  private readonly parts: readonly Part[]

  private constructor(folder: string, parts: readonly Part[]) {
    this.folder = folder
    this.parts = parts
  }

  /** @throws Error where the kernel as it is does not compile */
  static async of(folder: string, names = PARTS): Promise<KernelCompiler> {
    const parts: Part[] = []
    for (const name of names) {
      const files = new Set<string>()
      const bytes = await compile(folder, name, file => {
        files.add(file)
        return undefined
      })
      if (!bytes) throw new Error(`${folder}: the kernel's ${name} as it is does not compile`)
      parts.push({ name, files, bytes })
    }
    return new KernelCompiler(folder, parts)
  }

  /**
   * Puts the WebAssembly with this source of a file in place.
   * @returns whether it is other code, or undefined where the source is invalid
   */
  async change(file: string, source: string): Promise<boolean | undefined> {
    let isOther = false
    for (const { name, files, bytes } of this.parts) {
      const found = files.has(file)
        ? await compile(this.folder, name, read => (read === file ? source : undefined))
        : bytes
      if (!found) return undefined
      isOther ||= !found.equals(bytes)
      await writeFile(join(this.folder, wasmOf(name)), found)
    }
    return isOther
  }
}

const wasmOf = (part: string) => `functions/ticks/${part}.wasm`

/** @param sourceOf the source of a file that is not as it stands in the folder */
async function compile(
  folder: string,
  part: string,
  sourceOf: (file: string) => string | undefined,
): Promise<Buffer | undefined> {
  let bytes: Buffer | undefined
  const readFile = (file: string, base: string) => sourceOf(file) ?? read(join(folder, base, file))
  const writeFile = (file: string, contents: string | Uint8Array) => {
    if (file === wasmOf(part)) bytes = Buffer.from(contents as Uint8Array)
  }
  const args = [`${KERNEL}/${part}.ts`, '--config', `${KERNEL}/asconfig.json`, '--target', part, '-o', wasmOf(part)]
  const silent = { write: () => {} }
  const { error } = await main(args, { readFile, writeFile, stdout: silent, stderr: silent })
  return error ? undefined : bytes
}

/** The file's text, or null where there is none, as the compiler asks for it. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
