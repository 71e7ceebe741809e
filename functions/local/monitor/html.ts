/** Text as it may stand in HTML, in an attribute too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

/** The page's style: light or dark as the reader's system has it. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #f6f7f9; --card: #ffffff; --rule: #e3e7ec;
  --curve: #2367c9; --good: #16794c; --warn: #9a6200; --bad: #c0312b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #97a3b3; --paper: #12161c; --card: #1a2029;
  --rule: #2c3541; --curve: #6ea8ff; --good: #4fc28a; --warn: #e5ad45; --bad: #ff7a70; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 13px; font-weight: 600; margin: 0 0 10px; color: var(--soft); }
p.sub { margin: 0 0 20px; color: var(--soft); overflow-wrap: anywhere; }
code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px 18px; margin: 0 0 16px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0 0 16px; }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 22px; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.verdict { border-left: 4px solid var(--good); }
.verdict.none { border-left-color: var(--soft); } .verdict.none strong { color: var(--soft); }
.verdict.yellow { border-left-color: var(--warn); } .verdict.red { border-left-color: var(--bad); }
.verdict strong { color: var(--good); } .verdict.yellow strong { color: var(--warn); } .verdict.red strong { color: var(--bad); }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--rule); } .tick { stroke: var(--soft); }
.axis { fill: var(--soft); font: 12px system-ui, sans-serif; }
.floor { fill: var(--curve); opacity: .14; } .band { fill: var(--curve); opacity: .35; }
.curve { fill: none; stroke: var(--curve); stroke-width: 1.6; stroke-linejoin: round; }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 5; } .trend { stroke: var(--warn); stroke-width: 2; stroke-dasharray: 2 4; }
.limit-name, .trend-name, .peak-name { font: 600 12px system-ui, sans-serif; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
.limit-name { fill: var(--bad); } .trend-name { fill: var(--warn); } .peak-name { fill: var(--ink); }
.peak { fill: var(--curve); stroke: var(--card); stroke-width: 2; } .hint { fill: transparent; } .hint:hover { fill: var(--curve); opacity: .15; }
.wide { overflow-x: auto; }
@media (max-width: 700px) { main { padding: 20px 10px; } .wide svg { min-width: 640px; }
  .axis, .limit-name, .trend-name, .peak-name { font-size: 16px; } }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { font-size: 13px; font-weight: 600; color: var(--soft); } tr:last-child td { border-bottom: 0; }
td.label { text-align: left; color: var(--soft); padding-right: 24px; }
td.text, th.text { text-align: left; white-space: normal; overflow-wrap: anywhere; }
footer { color: var(--soft); font-size: 13px; }
`
