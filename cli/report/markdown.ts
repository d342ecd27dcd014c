/** Markdown into HTML: raw HTML is shown as text, but for the folds that exercises hide their hints in. */
import MarkdownIt from "markdown-it";
import type { Token } from "markdown-it";
import { highlightTypeScript } from "./highlight.ts";

const renderer = new MarkdownIt({
  html: false,
  linkify: false,
  typographer: false,
  highlight: (code, language) =>
    /^(ts|typescript|js|javascript)$/.test(language) ? highlightTypeScript(code) : "",
});

// A line that is only <details>, </details> or <summary>text</summary> becomes that element; nothing else does.
renderer.block.ruler.before(
  "paragraph",
  "fold",
  (state, startLine, _endLine, silent) => {
    const line = state.src.slice(
      state.bMarks[startLine]! + state.tShift[startLine]!,
      state.eMarks[startLine],
    );
    const match = /^(?:(<details>|<\/details>)|<summary>([^<>]*)<\/summary>)\s*$/.exec(line);
    if (!match) return false;
    if (silent) return true;
    const token = state.push("html_block", "", 0);
    token.content = match[1] ?? `<summary>${renderer.utils.escapeHtml(match[2] ?? "")}</summary>`;
    state.line = startLine + 1;
    return true;
  },
  { alt: ["paragraph"] },
);

/** HTML of a Markdown text; links with a scripting scheme stay text. */
export function renderMarkdown(text: string): string {
  return renderer.render(text);
}

/** The text of the first heading of a level, without markup; undefined when there is none. */
export function firstHeading(text: string, level: number): string | undefined {
  const tokens = renderer.parse(text, {});
  const index = tokens.findIndex((token) => token.type === "heading_open" && token.tag === `h${level}`);
  if (index < 0) return undefined;
  return (tokens[index + 1]?.children ?? []).map((child) => child.content).join("");
}

/** The words of a Markdown text without its markup, code included. */
export function plainText(text: string): string {
  const words = (tokens: readonly Token[]): string =>
    tokens.map(({ children, content }) => (children ? words(children) : content)).join(" ");
  return words(renderer.parse(text, {})).replaceAll(/\s+/g, " ").trim();
}
