/** The style sheet of notebooks on a page: one column of prose, code and outputs set apart, made to be printed too. */

/** CSS of cells and their outputs, which stands by itself. */
export const cellStyle = `
:root { --ink: #1f2328; --quiet: #656d76; --line: #d8dee4; --paper: #ffffff; --wash: #f6f8fa; --accent: #0b6e99;
  --good: #1a7f37; --bad: #b42318; --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; }
* { box-sizing: border-box; }
html { color-scheme: light; background: var(--paper); }
table { border-collapse: collapse; font-size: .925rem; font-variant-numeric: tabular-nums; margin: 1rem 0; }
th, td { padding: .38rem 1.1rem .38rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; border-bottom-color: #8c959f; }
.prose { max-width: 44rem; }
.prose h1 { font-size: 1.75rem; line-height: 1.25; margin: 2.5rem 0 1rem; letter-spacing: -.01em; }
.prose h2 { font-size: 1.375rem; line-height: 1.3; margin: 2.75rem 0 .75rem; letter-spacing: -.01em; }
.prose h3 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.prose p, .prose ul, .prose ol { margin: .75rem 0; }
.prose ul, .prose ol { padding-left: 1.35rem; } .prose li { margin: .2rem 0; }
.prose a { color: var(--accent); text-underline-offset: .15em; }
.prose code { font: .875em var(--mono); background: var(--wash); padding: .12em .35em; border-radius: 4px; }
.prose pre { background: var(--wash); padding: .8rem 1rem; border-radius: 6px; overflow-x: auto; }
.prose pre code { background: none; padding: 0; font-size: .84rem; line-height: 1.55; }
.prose blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--quiet); }
.prose details { border: 1px solid var(--line); border-radius: 6px; padding: .35rem .9rem; margin: .5rem 0; }
.prose summary { cursor: pointer; color: var(--quiet); font-size: .925rem; }
.cell { margin: 1.1rem 0 1.4rem; }
.source { position: relative; background: var(--wash); border: 1px solid #eaeef2; border-radius: 8px; }
.source pre { margin: 0; padding: .8rem 1rem; overflow-x: auto; font: .78rem/1.65 var(--mono); tab-size: 2; }
.tag { position: absolute; top: .5rem; right: .7rem; color: #8c959f; font: .72rem/1.5 var(--mono); background: var(--wash);
  padding-left: .5rem; text-align: right; }
.tag span + span { margin-left: .6em; }
.failed > .source { border-color: #f0b4ae; }
.k { color: #8250df; } .s { color: #0a6640; } .n { color: #0550ae; } .c { color: #6e7781; font-style: italic; }
.outputs { padding: .55rem 0 0 1rem; overflow-x: auto; }
.outputs pre { margin: .35rem 0; font: .84rem/1.55 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.outputs img { max-width: 100%; display: block; margin: .6rem 0; }
pre.stderr { color: #7a4d00; border-left: 3px solid #e3b341; padding-left: .8rem; }
pre.error { color: var(--bad); border-left: 3px solid var(--bad); background: #fff6f5; padding: .7rem .9rem; border-radius: 0 6px 6px 0; }
pre.result { color: #3b434b; }
.figure { height: 26rem; margin: .6rem 0 .6rem -1rem; }
iframe.html-output { width: 100%; height: 3rem; border: 0; display: block; margin: .4rem 0; }
.progress { display: flex; align-items: center; gap: .9rem; font-size: .85rem; color: var(--quiet); font-variant-numeric: tabular-nums; margin: .4rem 0; }
.bar { flex: 0 0 11rem; height: 6px; background: #e6eaef; border-radius: 3px; overflow: hidden; }
.bar span { display: block; height: 100%; background: var(--accent); }
`;

/** CSS of the report page. */
export const reportStyle = `${cellStyle}
body { margin: 0 auto; max-width: 58rem; padding: 3.5rem 1.5rem 6rem; color: var(--ink);
  font: 16px/1.65 var(--sans); -webkit-font-smoothing: antialiased; }
header.run { border-bottom: 1px solid var(--line); margin-bottom: 2.5rem; padding-bottom: 1.25rem; }
header.run h1 { margin: 0 0 .6rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.015em; }
.facts { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; color: var(--quiet); font-size: .875rem; }
.facts b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.facts .good { color: var(--good); } .facts .bad { color: var(--bad); }
table.metrics td:last-child { text-align: right; padding-right: 0; } table.metrics { min-width: 22rem; }
@media (max-width: 40rem) { body { padding: 1.5rem 1rem 3rem; } header.run h1 { font-size: 1.6rem; } .figure { height: 20rem; } }
@media (min-width: 68rem) { .tag { right: auto; left: -5.2rem; width: 4.5rem; top: .85rem; background: none; }
  .tag span { display: block; } .tag span + span { margin: 0; color: var(--quiet); } }
@media print { @page { margin: 18mm 16mm; } body { max-width: none; padding: 0; font-size: 10.5pt; }
  .source, .figure, table, pre { break-inside: avoid; } .prose h2, .prose h3 { break-after: avoid; }
  .source pre { white-space: pre-wrap; overflow-wrap: anywhere; } .modebar { display: none !important; } }
`;
