import { performance } from 'node:perf_hooks'

/** What an engine does with a dataset: reads FILE, writes OUT. */
export type Engine = (file: string, dataType: string, out: string) => Promise<unknown>

/** What one process says of its work. `warm` is the second run of the same work in the same process. */
export interface Report {
  readonly cold: Figures
  readonly warm: Figures | undefined
  /** Of the whole process, its start included. */
  readonly cpuMs: number
  readonly peakRssBytes: number
}

export interface Figures {
  readonly wallMs: number
  readonly cpuMs: number
}

/** Runs an engine as `node ENGINE.ts FILE DATA_TYPE OUT [warm]` and prints its report as one line of JSON. */
export async function runEngine(engine: Engine): Promise<void> {
  const [file, dataType, out, warm] = process.argv.slice(2)
  if (!file || !dataType || !out) throw new Error('usage: node ENGINE.ts FILE DATA_TYPE OUT [warm]')
  const once = async (): Promise<Figures> => {
    const before = process.cpuUsage()
    const start = performance.now()
    await engine(file, dataType, out)
    const cpu = process.cpuUsage(before)
    return { wallMs: performance.now() - start, cpuMs: (cpu.user + cpu.system) / 1000 }
  }
  const cold = await once()
  const warmed = warm ? await once() : undefined
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const report: Report = {
    cold,
    warm: warmed,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakRssBytes: maxRSS * 1024,
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
