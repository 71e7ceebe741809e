import { gzipSync } from 'node:zlib'
import type { ReportData } from './model.ts'
import { clientScript, plotLibrary } from './script.ts'
import { STYLE } from './style.ts'

/** Nothing is loaded from anywhere, whatever the page holds. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"

/**
 * The report as one page that needs nothing else. Nothing of the data is HTML: it is packed (gzip, then base64), and the
 * script writes it as text.
 */
export function renderPage(data: ReportData): string {
  const library = plotLibrary()
  const packed = gzipSync(JSON.stringify(data)).toString('base64')
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    `<title>Tick data report</title><link rel="icon" href="data:,"><style>${library.style}${STYLE}</style></head>`,
    '<body><main><p>This page needs JavaScript and a browser of 2023 or later.</p></main>',
    `<script type="application/gzip" id="data">${packed}</script>`,
    `<script>${inline(library.script)}</script>`,
    `<script>${inline(clientScript())}</script>`,
    '</body></html>',
    '',
  ].join('\n')
}

/** A script within HTML ends at the first end tag, also within a string. */
function inline(script: string): string {
  return script.replaceAll('</script', '<\\/script')
}
