/** A table of rows and engines, filled in by tests and printed when all have run. A dash is a test that failed or does not exist. */
export function matrix(corner: string) {
  const versions = new Map<string, string>()
  const rows = new Map<string, Map<string, string>>()
  return {
    version(engine: string, version: string) {
      versions.set(engine, version)
    },
    set(row: string, engine: string, text: string) {
      rows.set(row, (rows.get(row) ?? new Map()).set(engine, text))
    },
    print() {
      if (versions.size === 0) return
      const engines = [...versions.keys()]
      const header = [corner, ...engines.map(engine => `${engine} ${versions.get(engine)}`)]
      const lines = [...rows].map(([row, cells]) => [row, ...engines.map(engine => cells.get(engine) ?? '–')])
      process.stdout.write(`\n${markdown([header, header.map(() => '---'), ...lines])}\n\n`)
    },
  }
}

function markdown(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, c) => Math.max(...lines.map(line => line[c]!.length)))
  return lines.map(line => `| ${line.map((text, c) => text.padEnd(widths[c]!)).join(' | ')} |`).join('\n')
}
