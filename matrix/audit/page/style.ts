// The page's one style sheet. State is told by letter and shape first and by colour second; every
// pair of colours holds 4.5 : 1, in the light and in the dark.

export const STYLE = `
:root {
  --paper: #f7f7f5; --card: #ffffff; --ink: #1b2026; --quiet: #58616b; --line: #dddfe1; --faint: #eeefee;
  --blue: #dce8f6; --blue-ink: #123f70; --red: #b3261e; --red-ink: #ffffff; --red-text: #a3211a;
  --amber: #f2c14e; --amber-ink: #332400; --amber-text: #7a5200; --green: #1f7a4d; --green-text: #176440;
  --hatch: #e4dfd8; --focus: #0b63ce; --shadow: 0 8px 30px rgb(20 25 30 / 18%);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
  color-scheme: light;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121518; --card: #1a1e22; --ink: #e7eaed; --quiet: #a2acb6; --line: #31373d; --faint: #22272c;
    --blue: #1e3b5c; --blue-ink: #d3e5fa; --red: #f2857a; --red-ink: #2b0805; --red-text: #f79a90;
    --amber: #deb040; --amber-ink: #261b00; --amber-text: #e8c066; --green: #4fb882; --green-text: #6fcf9b;
    --hatch: #353029; --focus: #6db1ff; --shadow: 0 8px 30px rgb(0 0 0 / 60%);
    color-scheme: dark;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Noto Sans CJK SC", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
header, main, nav ul { max-width: 88rem; margin: 0 auto; padding: 0 1.75rem; }
header { padding-top: 2.25rem; padding-bottom: 1.25rem; }
h1, h2, h3, p, ul { margin: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.02em; }
h2 { font-size: 1.2rem; font-weight: 650; letter-spacing: -0.01em; margin-bottom: 0.9rem; }
h3 { font-size: 0.95rem; font-weight: 600; margin: 1.4rem 0 0.5rem; }
h3:first-of-type { margin-top: 0; }
b { font-weight: 650; }
code, kbd { font-family: var(--mono); font-size: 0.86em; }
a { color: inherit; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.quiet { color: var(--quiet); font-size: 0.87rem; }
.empty { color: var(--quiet); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.eyebrow { color: var(--quiet); font-size: 0.8rem; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase; margin-bottom: 0.35rem; }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem; }
.meta { display: flex; flex-wrap: wrap; gap: 0.15rem 1.5rem; margin-top: 0.6rem; color: var(--quiet); }
.meta b { color: var(--ink); }
.mode, .tag { border: 1px solid var(--line); border-radius: 99px; padding: 0.05rem 0.6rem; font-size: 0.8rem; white-space: nowrap; }
.mode { font-weight: 600; background: var(--card); }
.mode.enforce { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.tiles { display: flex; flex-wrap: wrap; gap: 0.6rem; list-style: none; padding: 0; margin-top: 1.25rem; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0.55rem 1rem; min-width: 6.2rem; font-size: 0.85rem; border-top: 3px solid var(--quiet); }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; letter-spacing: -0.02em; }
.tiles .critical, .tiles .high { border-top-color: var(--red); }
.tiles .critical b, .tiles .high b { color: var(--red-text); }
.tiles .medium { border-top-color: var(--amber); }
.tiles .none { border-top-color: var(--line); color: var(--quiet); }
nav { position: sticky; top: 0; z-index: 6; background: var(--paper); border-bottom: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.4rem; list-style: none; }
nav a { display: block; padding: 0.65rem 0; text-decoration: none; font-weight: 550; font-size: 0.92rem; }
nav a:hover { text-decoration: underline; text-underline-offset: 0.3em; }
.count { color: var(--quiet); font-weight: 400; }
section { padding: 1.9rem 0; border-bottom: 1px solid var(--line); }
#found, #groups, #flows, #forbids { content-visibility: auto; contain-intrinsic-size: auto 40rem; }
section:last-child { border-bottom: 0; padding-bottom: 4rem; }

.tools { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.7rem 2rem; margin-bottom: 0.8rem; }
.filter { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem; }
.filter[hidden] { display: none; }
.filter label { font-weight: 600; font-size: 0.9rem; }
.filter input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--quiet); border-radius: 6px; padding: 0.3rem 0.6rem; width: 17rem; max-width: 100%; }
.filter input::placeholder { color: var(--quiet); opacity: 1; }
.keys { color: var(--quiet); font-size: 0.82rem; }
kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 0.3em; background: var(--card); }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; list-style: none; padding: 0; font-size: 0.85rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }
.frame { overflow: auto; max-height: 82vh; border: 1px solid var(--line); border-radius: 8px; background: var(--card); width: fit-content; max-width: 100%; }
.grid { border-collapse: separate; border-spacing: 0; table-layout: fixed; width: 0; font-size: 0.8rem; }
.grid th { background: var(--card); font-weight: 550; }
.grid thead th { position: sticky; top: 0; z-index: 2; width: 5.9rem; height: 9rem; padding: 0.5rem 0; vertical-align: bottom; border-bottom: 1px solid var(--quiet); border-right: 1px solid var(--faint); }
.grid thead th > span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 8.1rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; line-height: 1.3; }
.grid tbody th { position: sticky; left: 0; z-index: 1; text-align: right; padding: 0 0.75rem; border-right: 1px solid var(--quiet); border-bottom: 1px solid var(--faint); }
.grid tbody th > span { display: block; max-width: 13rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.grid thead th.corner { left: 0; z-index: 3; width: 14.5rem; padding: 0.5rem 0.75rem; border-right: 1px solid var(--quiet); color: var(--quiet); text-align: right; }
.grid thead th.corner > span { display: block; writing-mode: horizontal-tb; transform: none; }
.corner span:first-child::after { content: " \\2193"; } .corner span:last-child::after { content: " \\2192"; }
.grid .network { font-style: italic; } .grid .peer { font-style: italic; color: var(--quiet); }
.grid th.on { color: var(--focus); }
.grid td { height: 2.3rem; padding: 0; text-align: center; vertical-align: middle; border-bottom: 1px solid var(--faint); border-right: 1px solid var(--faint); }
.grid td.gap { background: repeating-linear-gradient(to right, transparent 0 calc(5.9rem - 1px), var(--faint) calc(5.9rem - 1px) 5.9rem); border-right: 0; }
.grid td.self { background: var(--faint); }
.grid td.forbidden, .swatch.forbidden { background: repeating-linear-gradient(45deg, var(--hatch) 0 2px, transparent 2px 7px); }
.grid td.dim a { opacity: 0.25; }
.grid a { position: relative; display: flex; flex-wrap: wrap; align-items: center; justify-content: center; align-content: center; gap: 2px; min-height: 2.3rem; padding: 2px; text-decoration: none; }
.grid a:hover { background: var(--faint); }
.grid a:focus-visible { outline-offset: -2px; }
.chip { font-family: var(--mono); font-size: 0.72rem; line-height: 1.35; padding: 0 0.22rem; border-radius: 3px; border: 1px solid transparent; white-space: nowrap; max-width: 5.7rem; overflow: hidden; text-overflow: ellipsis; color: var(--blue-ink); background: var(--card); }
.chip.required { background: var(--blue); }
.chip.allowed { border-color: var(--blue-ink); }
.chip.on-demand { border: 1px dotted var(--blue-ink); }
.chip.advised { background: var(--blue); border-bottom: 2px dashed var(--blue-ink); }
.chip i { font-size: 0.9em; margin-left: 0.15em; }
.more { font-size: 0.72rem; color: var(--quiet); }
.mark { display: inline-flex; align-items: center; justify-content: center; min-width: 1.15rem; height: 1.15rem; padding: 0 0.2rem; font-size: 0.72rem; font-weight: 700; line-height: 1; }
.mark.drift { background: var(--red); color: var(--red-ink); border-radius: 2px; }
.mark.missing { color: var(--red-text); border: 1.5px dashed var(--red-text); border-radius: 2px; background: var(--card); }
.mark.exception { background: var(--amber); color: var(--amber-ink); border-radius: 99px; }
.mark.forbid { color: var(--quiet); font-weight: 600; background: var(--card); border-radius: 99px; min-width: 1rem; height: 1rem; }
.swatch { display: inline-flex; padding: 0.15rem 0.45rem; border: 1px solid var(--line); border-radius: 3px; }

.items { list-style: none; padding: 0; display: grid; gap: 0.55rem; }
.items li { background: var(--card); border: 1px solid var(--line); border-left: 3px solid var(--line); border-radius: 6px; padding: 0.6rem 0.95rem; }
.items li:target { outline: 2px solid var(--focus); }
.items li.critical, .items li.high { border-left-color: var(--red); }
.items li.medium { border-left-color: var(--amber); }
.items li.repaired { border-left-color: var(--green); }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.15rem 0.6rem; }
.head code { font-size: 0.9rem; }
.kind { font-weight: 600; }
.severity { font-weight: 650; font-size: 0.9rem; }
.severity.critical, .severity.high { color: var(--red-text); } .severity.medium { color: var(--amber-text); }
.outcome { font-weight: 600; font-size: 0.82rem; white-space: nowrap; }
.outcome.open { color: var(--red-text); } .outcome.done { color: var(--green-text); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
.rows { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
.rows th { text-align: left; font-weight: 600; font-size: 0.82rem; color: var(--quiet); }
.rows th, .rows td { padding: 0.5rem 0.9rem; border-bottom: 1px solid var(--faint); vertical-align: top; }
.rows tr:last-child td { border-bottom: 0; }
.rows .number { font-variant-numeric: tabular-nums; } .rows .time { white-space: nowrap; }
details + .quiet, .scroll + details { margin-top: 0.7rem; } details > .scroll { margin-top: 0.7rem; }
.plain { list-style: none; padding: 0.3rem 0 0; } summary { cursor: pointer; }
.bars { display: block; width: 100%; max-width: 60rem; height: auto; margin-bottom: 0.6rem; }
.bars .done, .dot.done { fill: var(--green); background: var(--green); } .bars .open, .dot.open { fill: var(--red); background: var(--red); }
.bars .base { fill: var(--line); } .bars text { font-size: 11px; fill: var(--quiet); } .bars .end { text-anchor: end; }
.dot { width: 0.75rem; height: 0.75rem; border-radius: 2px; } .dot.open { border-radius: 99px; }
#timeline .legend { margin-bottom: 1rem; }

#panel { position: fixed; z-index: 8; top: 0; right: 0; bottom: 0; width: min(30rem, 100%); overflow: auto; background: var(--paper); border-left: 1px solid var(--line); box-shadow: var(--shadow); padding: 1.25rem; }
#panel:focus { outline: none; }
.panel-head { display: flex; justify-content: space-between; align-items: start; gap: 1rem; margin-bottom: 0.5rem; }
#close { font: inherit; font-size: 0.9rem; color: inherit; background: var(--card); border: 1px solid var(--quiet); border-radius: 6px; padding: 0.2rem 0.7rem; cursor: pointer; }
[hidden] { display: none; }
@media (max-width: 48rem) { header, main, nav ul { padding-left: 1rem; padding-right: 1rem; } .grid thead th.corner { width: 9rem; } .grid tbody th > span { max-width: 7.5rem; } .keys { display: none; } }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --quiet: #444; --line: #bbb; --faint: #ddd; --blue: #e3edf8; --blue-ink: #123f70; --red: #b3261e; --red-ink: #fff; --red-text: #a3211a; --amber: #f2c14e; --amber-ink: #332400; --hatch: #ddd; color-scheme: light; }
  body { font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav, .filter, #panel { display: none; }
  .frame, .scroll { overflow: visible; max-height: none; border: 0; }
  .grid { width: 100%; } .grid thead th, .grid tbody th { position: static; }
  .items li, .rows tr, .grid tr { break-inside: avoid; }
}
`;
