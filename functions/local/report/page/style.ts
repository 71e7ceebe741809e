/** The page's style: light or dark as the reader's system has it, light on paper. */
const LIGHT = `--ink: #1b2430; --soft: #5a6675; --paper: #f5f6f8; --card: #ffffff; --rule: #e2e6eb; --accent: #1f5fc4;
  --available: #8fcfae; --degraded: #f0a830; --missing: #c8372d; --pending: #7fb0e8; --unknown: #b9c3cf; --absent: #e3e7ec;
  --unreadable: #8e5bb5; --on-cell: #1b2430; --scale-low: #dbe8fa; --scale-high: #1c4f9c;
  --line-1: #1f5fc4; --line-2: #d1670f; --line-3: #178262; --line-4: #a4379e; --line-5: #8a7300; --line-6: #56657a;`
const DARK = `--ink: #e6eaf0; --soft: #98a4b4; --paper: #11151b; --card: #191f28; --rule: #2b3440; --accent: #79aefc;
  --available: #2f7d5b; --degraded: #d8942a; --missing: #e2574c; --pending: #3f74b5; --unknown: #566273; --absent: #36404d;
  --unreadable: #a778cf; --on-cell: #f3f6fa; --scale-low: #1d2f4a; --scale-high: #8fbcff;
  --line-1: #79aefc; --line-2: #f29b52; --line-3: #52c79d; --line-4: #df8bd9; --line-5: #d9c04f; --line-6: #a4b1c2;`

export const STYLE = `
:root { color-scheme: light; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 1560px; margin: 0 auto; padding: 28px 24px 48px; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 4px; overflow-wrap: anywhere; }
h1 code { font: 600 20px ui-monospace, "DejaVu Sans Mono", monospace; }
h2 { font-size: 16px; line-height: 1.4; margin: 0 0 12px; }
h2:focus { outline: none; } #day { scroll-margin-top: 84px; }
p { margin: 0 0 12px; } .soft, .none { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px 18px; margin: 0 0 16px; }
[hidden] { display: none !important; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; margin: 16px 0; }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 10px 14px; min-width: 0; }
.tile b { display: block; font-size: 21px; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.controls { display: flex; flex-wrap: wrap; gap: 10px 14px; align-items: end; position: sticky; top: 0; z-index: 3; margin: 0 0 16px;
  padding: 10px 0; background: var(--paper); }
.controls label { min-width: 0; } .controls label span { display: block; font-size: 12px; color: var(--soft); }
select, input, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--rule); border-radius: 7px;
  padding: 5px 10px; max-width: 100%; height: 34px; }
button { cursor: pointer; } button:disabled { color: var(--soft); cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.link { border: 0; padding: 0; height: auto; background: none; color: var(--accent); text-align: left; text-decoration: underline; }
.bar { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin: 0 0 12px; } .bar h2 { margin: 0; }
.spring { flex: 1; } .badge { white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 10px; font-size: 13px; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
${['available', 'degraded', 'missing', 'pending', 'unknown', 'absent', 'unreadable'].map(name => `.key.${name} { background: var(--${name}); }`).join(' ')}
.key.card { border: 1px solid var(--rule); }
.ramp { display: inline-block; width: 90px; height: 10px; border-radius: 3px; margin: 0 8px; background: linear-gradient(90deg, var(--scale-low), var(--scale-high)); }
.ramp.open { margin-left: 0; background: linear-gradient(90deg, var(--degraded), var(--missing)); }
.heat-box { position: relative; } .heat { display: block; width: 100%; cursor: pointer; border-radius: 3px; touch-action: pan-y; }
.tip { position: absolute; z-index: 4; display: grid; max-width: min(320px, 100%); padding: 8px 12px; border-radius: 8px; pointer-events: none;
  background: var(--ink); color: var(--card); font-size: 13px; box-shadow: 0 4px 14px #0003; }
figure { margin: 0 0 18px; } figcaption { color: var(--soft); font-size: 13px; margin: 0 0 6px; }
.pair { display: flex; flex-wrap: wrap; gap: 0 24px; } .pair > figure { flex: 1 1 400px; min-width: 0; } .pair > p { flex: 1 0 100%; }
.plot { border-radius: 4px; } .u-legend { font-size: 13px; text-align: left; } .u-legend th { font-weight: 400; } .u-legend .u-marker { border-radius: 3px; }
.u-inline tr { margin-right: 16px; } .u-value { font-variant-numeric: tabular-nums; }
svg { display: block; max-width: 100%; } .grid { stroke: var(--rule); } .axis { fill: var(--soft); font: 12px system-ui, sans-serif; }
rect.data { fill: var(--absent); } rect.incident { fill: var(--pending); opacity: .55; } rect.gap-out { fill: var(--missing); } rect.gap-in { fill: var(--degraded); }
.key.data { background: var(--absent); } .key.incident { background: var(--pending); opacity: .55; } .key.gap-out { background: var(--missing); } .key.gap-in { background: var(--degraded); }
.scroll { overflow-x: auto; margin: 0 0 12px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } .scroll > table { width: 100%; }
.scroll th, .scroll td { text-align: right; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--rule); vertical-align: top; white-space: nowrap; }
.scroll th { font-size: 12px; font-weight: 600; color: var(--soft); vertical-align: bottom; }
.scroll th.text, .scroll td.text { text-align: left; } .scroll td.text { white-space: normal; overflow-wrap: break-word; min-width: 110px; }
.date { white-space: nowrap; }
.chips { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 12px; }
.chip { border-radius: 999px; padding: 3px 12px; height: auto; } .chip span { margin-left: 8px; color: var(--soft); font-variant-numeric: tabular-nums; }
.chip[aria-pressed=true] { background: var(--ink); color: var(--card); } .chip[aria-pressed=true] span { color: inherit; }
summary { color: var(--soft); font-size: 13px; cursor: pointer; } .as-table { margin-top: 8px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 6px 0; } dd { margin: 0; } dt { color: var(--soft); }
footer { color: var(--soft); font-size: 13px; }
@media (max-width: 700px) { main { padding: 16px 10px 32px; } section { padding: 12px; } .controls { position: static; }
  .scroll table { font-size: 13px; } .scroll th, .scroll td { padding-right: 8px; } .scroll td.text { min-width: 50px; }
  .scroll td.text:last-child { width: 55%; padding-right: 0; }
  .controls label { flex: 1 1 40%; } .controls select, .controls input { width: 100%; } .tiles { grid-template-columns: 1fr 1fr; gap: 8px; } }
@media print { body { background: #fff; } .controls, button, .as-table > summary, .tip { display: none; } section { break-inside: avoid; border: 0; padding: 0; } }
`
