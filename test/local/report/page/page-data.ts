import { gunzipSync } from 'node:zlib'
import type { ReportData } from '../../../../functions/local/report/page/model.ts'

/** What the page's script unpacks. */
export function dataOf(page: string): ReportData {
  const [, packed] = /<script type="application\/gzip" id="data">([^<]*)<\/script>/.exec(page)!
  return JSON.parse(gunzipSync(Buffer.from(packed!, 'base64')).toString())
}
