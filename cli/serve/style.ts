/** The page's style sheet: light and dark, one column on a narrow screen, two on a wide one. */

/** CSS of the page. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --line: #d1d9e0; --paper: #ffffff; --wash: #f6f8fa;
  --accent: #0b6e99; --on-accent: #ffffff; --bad: #b42318; --bad-wash: #fff2f0;
  --p4: transparent; --p3: #e3f1e4; --p2: #fdf2c9; --p1: #fbd9a5; --p0: #f7b8a8;
  --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9aa4af; --line: #3a424c; --paper: #0f1318; --wash: #181d24;
  --accent: #58b3da; --on-accent: #06222e; --bad: #ff9a8d; --bad-wash: #331613;
  --p4: transparent; --p3: #1c3a26; --p2: #45390f; --p1: #5c3a10; --p0: #6b2b1f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1.75rem 1.5rem 3rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 var(--sans); -webkit-font-smoothing: antialiased; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; letter-spacing: -.015em; }
h2 { margin: 0 0 .5rem; font-size: 1.02rem; }
h2 small, label small { font-weight: 400; color: var(--quiet); font-size: .875em; }
header p, footer p { color: var(--quiet); margin: .35rem 0 0; } footer p { margin-top: 2rem; font-size: .875rem; }
code { font: .92em var(--mono); overflow-wrap: anywhere; }
form, .answers { display: grid; gap: 1rem 1.25rem; margin-top: 1.4rem; }
section.note, section.question { min-width: 0; display: flex; flex-direction: column; }
label { display: block; margin: .55rem 0 .2rem; font-size: .875rem; color: var(--quiet); }
select, textarea, input { width: 100%; font: inherit; color: inherit; background: var(--wash); border: 1px solid var(--line);
  border-radius: 6px; padding: .45rem .6rem; }
textarea { resize: vertical; }
#note { font: .84rem/1.55 var(--mono); min-height: 15rem; flex: 1; }
details { margin: .8rem 0 0; } summary { cursor: pointer; color: var(--quiet); font-size: .925rem; }
.settings { display: grid; grid-template-columns: 1fr 7rem; gap: .4rem 1rem; align-items: center; padding: .4rem 0; }
.settings label { margin: 0; } .settings small { display: block; }
.buttons { display: flex; gap: .6rem; margin: 1rem 0 0; }
button { font: inherit; font-weight: 600; padding: .5rem 1.05rem; border-radius: 6px; border: 1px solid var(--line); background: var(--wash);
  color: inherit; cursor: pointer; }
#ask { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button:disabled { opacity: .5; cursor: default; }
kbd { font: .75rem var(--mono); opacity: .8; margin-left: .35rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#status { color: var(--quiet); font-size: .925rem; margin: .7rem 0 0; min-height: 1.5em; }
#problem { background: var(--bad-wash); color: var(--bad); border-left: 3px solid var(--bad); padding: .6rem .85rem; margin: .5rem 0 0;
  border-radius: 0 6px 6px 0; }
.answer, .reference { border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.1rem; min-width: 0; }
.reference { margin-top: 1rem; } .reference p { margin: 0; }
.answer .text { font: .95rem/1.85 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; min-height: 6.5rem; border-radius: 4px; }
.answer .text:empty::before { content: "No answer yet."; color: var(--quiet); font-family: var(--sans); }
.answer .text[aria-busy="true"]::after { content: "▍"; color: var(--accent); }
.detail, .outcome { margin: .45rem 0 0; font-size: .875rem; color: var(--quiet); min-height: 1.4em; font-variant-numeric: tabular-nums; }
.detail { color: var(--ink); }
.token { border-radius: 3px; padding: .1em 0; }
.p4 { background: var(--p4); } .p3 { background: var(--p3); } .p2 { background: var(--p2); }
.p1 { background: var(--p1); text-decoration: underline dotted; text-underline-offset: .25em; }
.p0 { background: var(--p0); text-decoration: underline wavy; text-underline-offset: .25em; text-decoration-thickness: 1px; }
.token.current { outline: 2px solid var(--accent); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; margin: 1rem 0 0; padding: 0; font-size: .875rem; }
.legend .token { padding: .1em .4em; } .legend .p4 { border: 1px solid var(--line); }
[hidden] { display: none !important; }
@media (min-width: 52rem) { form { grid-template-columns: 1.15fr 1fr; } .answers { grid-template-columns: 1fr 1fr; } }
@media (prefers-reduced-motion: no-preference) { .answer .text[aria-busy="true"]::after { animation: blink 1s steps(2) infinite; } }
@keyframes blink { 50% { opacity: 0; } }
`;
