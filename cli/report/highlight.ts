/** Light highlighting of TypeScript by the compiler's own lexical classifier. */
import ts from "typescript";
import { escapeHtml } from "./escape.ts";

const classNames = new Map<ts.TokenClass, string>([
  [ts.TokenClass.Keyword, "k"],
  [ts.TokenClass.Comment, "c"],
  [ts.TokenClass.NumberLiteral, "n"],
  [ts.TokenClass.BigIntLiteral, "n"],
  [ts.TokenClass.StringLiteral, "s"],
  [ts.TokenClass.RegExpLiteral, "s"],
]);

/** HTML of a piece of TypeScript: keywords, comments, numbers and strings in spans, all text escaped. */
export function highlightTypeScript(code: string): string {
  const classifier = ts.createClassifier();
  let state: ts.EndOfLineState = ts.EndOfLineState.None;
  return code
    .split("\n")
    .map((line) => {
      const result = classifier.getClassificationsForLine(line, state, true);
      state = result.finalLexState;
      let position = 0;
      let html = "";
      for (const { length, classification } of result.entries) {
        const text = escapeHtml(line.slice(position, position + length));
        const name = classNames.get(classification);
        html += name === undefined ? text : `<span class="${name}">${text}</span>`;
        position += length;
      }
      return html + escapeHtml(line.slice(position));
    })
    .join("\n");
}
