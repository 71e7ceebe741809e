/**
 * What every engine's process does: the work, once or twice, and a report. Plain JavaScript, for what Node.js needs to
 * run TypeScript would show in everybody's memory.
 *
 * @typedef {{ wallMs: number, cpuMs: number }} Figures
 * @typedef {object} Report What one process says of its work.
 * @property {Figures} cold
 * @property {Figures} [warm] the second run of the same work in the same process, as a function's instance works
 * @property {number} cpuMs of the whole process, its start included
 * @property {number} peakRssBytes
 */
import { performance } from 'node:perf_hooks'

/**
 * Runs an engine as `node ENGINE.mjs FILE DATA_TYPE OUT [warm]` and prints its report as one line of JSON.
 * @param {(file: string, dataType: string, out: string) => Promise<unknown>} engine reads FILE, writes OUT
 */
export async function runEngine(engine) {
  const [file, dataType, out, warm] = process.argv.slice(2)
  if (!file || !dataType || !out) throw new Error('usage: node ENGINE.mjs FILE DATA_TYPE OUT [warm]')
  const once = async () => {
    const before = process.cpuUsage()
    const start = performance.now()
    await engine(file, dataType, out)
    const cpu = process.cpuUsage(before)
    return { wallMs: performance.now() - start, cpuMs: (cpu.user + cpu.system) / 1000 }
  }
  const cold = await once()
  const warmed = warm ? await once() : undefined
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const cpuMs = (userCPUTime + systemCPUTime) / 1000
  process.stdout.write(`${JSON.stringify({ cold, warm: warmed, cpuMs, peakRssBytes: maxRSS * 1024 })}\n`)
}
