/** The tokenizer "13a" of sacreBLEU: the rules of mteval-v13a.pl, as WMT has used them. */
import { splitWords, trimEndBlanks } from "./words.ts";

/** Applied in this order; matching is by code point, so that no surrogate is parted from its other half. */
const rules: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // ASCII punctuation but ' , - and .
  [/([{-~[-` -&(-+:-@/])/gu, " $1 "],
  // A full stop or comma stays only between digits.
  [/([^0-9])([.,])/gu, "$1 $2 "],
  [/([.,])([^0-9])/gu, " $1 $2"],
  [/([0-9])(-)/gu, "$1 $2 "],
];

/**
 * The words and signs of a line.
 *
 * @example
 * tokenize13a("Dx: PNA, stable."); // → ["Dx", ":", "PNA", ",", "stable", "."]
 */
export function tokenize13a(line: string): string[] {
  // Trailing white space goes first: a last "-\n" is no hyphenated word.
  let text = trimEndBlanks(line).replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  text = text
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  text = ` ${text} `;
  for (const [pattern, replacement] of rules) text = text.replace(pattern, replacement);
  return splitWords(text);
}
