/** Light highlighting of TypeScript by the compiler's own lexical classifier. */
import ts from "typescript";
import { escapeHtml } from "./escape.ts";

const classNames = new Map<number, string>([
  [ts.ClassificationType.keyword, "k"],
  [ts.ClassificationType.comment, "c"],
  [ts.ClassificationType.numericLiteral, "n"],
  [ts.ClassificationType.bigintLiteral, "n"],
  [ts.ClassificationType.stringLiteral, "s"],
  [ts.ClassificationType.regularExpressionLiteral, "s"],
]);

/** HTML of a piece of TypeScript: keywords, comments, numbers and strings in spans, all text escaped. */
export function highlightTypeScript(code: string): string {
  const { spans } = ts
    .createClassifier()
    .getEncodedLexicalClassifications(code, ts.EndOfLineState.None, true);
  let position = 0;
  let html = "";
  // Three numbers a span: start, length, classification.
  for (let index = 0; index + 2 < spans.length; index += 3) {
    const start = spans[index]!;
    const end = start + spans[index + 1]!;
    const name = classNames.get(spans[index + 2]!);
    if (name === undefined) continue;
    html += `${escapeHtml(code.slice(position, start))}<span class="${name}">${escapeHtml(code.slice(start, end))}</span>`;
    position = end;
  }
  return html + escapeHtml(code.slice(position));
}
