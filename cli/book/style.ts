/** The book's style sheet: the chapters beside the text, one column on a narrow screen, dark where the reader's system is. */
import { cellStyle } from "../report/index.ts";

/** CSS of every page of the book. */
export const bookStyle = `${cellStyle}
body { margin: 0; color: var(--ink); font: 16px/1.65 var(--sans); -webkit-font-smoothing: antialiased; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; background: var(--paper); z-index: 9; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.top { position: sticky; top: 0; z-index: 5; display: flex; align-items: center; gap: 1.5rem; padding: .6rem 1.5rem;
  background: var(--paper); border-bottom: 1px solid var(--line); }
.home { font-weight: 650; color: var(--ink); text-decoration: none; letter-spacing: -.01em; }
.search { position: relative; flex: 1; max-width: 34rem; }
.search input { width: 100%; font: inherit; font-size: .925rem; padding: .35rem .8rem; border: 1px solid var(--line);
  border-radius: 7px; background: var(--wash); color: var(--ink); }
#results { position: absolute; left: 0; right: 0; top: calc(100% + .3rem); margin: 0; padding: .3rem; list-style: none; max-height: 70vh;
  overflow-y: auto; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 24px #0002; }
#results a { display: block; padding: .4rem .6rem; border-radius: 5px; color: var(--ink); text-decoration: none; }
#results [aria-selected="true"] a, #results a:hover { background: var(--wash); }
#results small { display: block; color: var(--quiet); } #results mark { background: none; color: inherit; font-weight: 650; }
:lang(ko) { word-break: keep-all; overflow-wrap: anywhere; }
.language { font-size: .875rem; margin-left: auto; }
.quiet, #search-state { color: var(--quiet); font-size: .875rem; }
#search-state { position: absolute; left: .8rem; top: calc(100% + .3rem); margin: 0; background: var(--paper); }
.columns { display: grid; grid-template-columns: 17rem minmax(0, 1fr); gap: 3rem; max-width: 82rem; margin: 0 auto; padding: 0 1.5rem; }
.contents { position: sticky; top: 3.4rem; align-self: start; max-height: calc(100vh - 3.4rem); overflow-y: auto; padding: 2rem 0;
  font-size: .875rem; line-height: 1.45; }
.contents ol { list-style: none; margin: 0; padding: 0; } .contents li { margin: .45rem 0; }
.contents ol ol { margin: .35rem 0 .7rem; padding-left: .8rem; border-left: 2px solid var(--line); }
.contents a { color: var(--quiet); text-decoration: none; } .contents a:hover { color: var(--accent); }
.contents [aria-current="page"] { color: var(--ink); font-weight: 600; }
main { padding: 2.5rem 0 5rem; max-width: 52rem; }
main > h1 { margin: 0 0 .6rem; font-size: 2.1rem; line-height: 1.2; letter-spacing: -.015em; }
.lead { font-size: 1.1rem; max-width: 44rem; }
.chapters { list-style: none; padding: 0; margin: 2.5rem 0; } .chapters > li { border-top: 1px solid var(--line); padding: 1rem 0; }
.chapters h2 { font-size: 1.15rem; margin: 0 0 .3rem; } .chapters ul { margin: 0; padding-left: 1.2rem; color: var(--quiet); font-size: .925rem; }
.part { scroll-margin-top: 4rem; }
.turn { display: flex; justify-content: space-between; gap: 2rem; border-top: 1px solid var(--line); margin-top: 4rem; padding-top: 1.2rem; }
.turn [rel="prev"]::before { content: "← "; } .turn [rel="next"]::after { content: " →"; }
@media (max-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .contents { position: static; max-height: 14rem; border-bottom: 1px solid var(--line); padding: 1rem 0; } .top { padding: .6rem 1rem; gap: 1rem; } }
@media (prefers-color-scheme: dark) {
  html { color-scheme: dark; }
  :root { --ink: #e6edf3; --quiet: #9198a1; --line: #30363d; --paper: #0d1117; --wash: #161b22; --accent: #6cb6d9; }
  .source { border-color: #21262d; } .k { color: #d2a8ff; } .s { color: #7ee0b0; } .n { color: #79c0ff; } .c { color: #8b949e; }
  pre.result { color: #c9d1d9; } .outputs img, iframe.html-output { background: #fff; border-radius: 6px; }
  pre.error { background: #2d1416; } pre.stderr { color: #e3b341; }
}
@media print { .top, .contents, .turn { display: none; } .columns { display: block; padding: 0; } main { max-width: none; padding: 0; } }
`;
