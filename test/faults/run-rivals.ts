import { columns, conclude } from './report.ts'
import { RIVALS } from './rivals.ts'

const rows: string[][] = []
let failed = 0
for (const [name, run] of Object.entries(RIVALS)) {
  try {
    const end = await run()
    rows.push([end.name, end.summary, 'ok'])
  } catch (error) {
    failed += 1
    rows.push([name, String(error), 'FAILED'])
  }
}
console.log(columns([['rivals', 'end', ''], ...rows]))
conclude('rivals', { passed: rows.length - failed, failed })
