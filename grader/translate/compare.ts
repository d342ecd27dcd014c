/** What a translation must have in common with its source: numbers, code, links, tags and headings. */

const patterns: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["code", /```[\s\S]*?```|`[^`]+`/g],
  ["link", /\]\([^)\s]+\)|https?:\/\/[^\s)>\]]+/g],
  ["tag", /<\/?[a-z][^>]*>/g],
  ["heading", /^#{1,6}(?= )/gm],
  ["number", /\d+(?:[.,]\d+)*/g],
];

const numberWords = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
const months = "January February March April May June July August September October November December".split(
  " ",
);

/**
 * What differs between an English text and its translation, as sentences; empty when nothing does. Order is free, since languages
 * order words differently, and a small number or a month that English spells out may stand in digits.
 *
 * @example
 * translationDifferences("Run `f(2)` 3 times.", "`f(2)`를 네 번 실행하세요."); // ['the number "3" is missing']
 */
export function translationDifferences(english: string, translated: string): string[] {
  return patterns.flatMap(([what, pattern]) => {
    // Numbers within code and links are counted with those.
    const partsOf = (text: string): string[] =>
      ((what === "number" ? withoutCode(text) : text).match(pattern) ?? []).map((part) =>
        // Where a line breaks within code is no difference.
        part.startsWith("```") ? part : part.replaceAll(/\s+/g, " "),
      );
    const left = partsOf(translated);
    const missing = partsOf(english).filter((part) => {
      const at = left.indexOf(part);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    return [
      ...missing.map((part) => `the ${what} "${part}" is missing`),
      ...left
        .filter((part) => what !== "number" || !isSpelledOut(part, english))
        .map((part) => `the ${what} "${part}" is not in the English text`),
    ];
  });
}

function isSpelledOut(digits: string, english: string): boolean {
  const [word, month] = [numberWords[Number(digits)], months[Number(digits) - 1]];
  return (
    (word !== undefined && new RegExp(`\\b${word}`, "i").test(english)) ||
    // With its capital: "may" is no month.
    (month !== undefined && english.includes(month))
  );
}

function withoutCode(text: string): string {
  return patterns.slice(0, 3).reduce((rest, [, pattern]) => rest.replaceAll(pattern, " "), text);
}
