/** Porter's stemmer (Program 14.3, 1980) with NLTK's extensions, as rouge_score uses it. */

/** Words whose stem no rule gives: NLTK's table. */
const irregular = new Map(
  Object.entries({
    sky: "sky",
    skies: "sky",
    dying: "die",
    lying: "lie",
    tying: "tie",
    news: "news",
    innings: "inning",
    inning: "inning",
    outings: "outing",
    outing: "outing",
    cannings: "canning",
    canning: "canning",
    howe: "howe",
    proceed: "proceed",
    exceed: "exceed",
    succeed: "succeed",
  }),
);

/** A word as a string of c (consonant) and v (vowel); y is a vowel after a consonant. */
function sounds(word: string): string {
  let pattern = "";
  for (const letter of word) {
    const vowel = "aeiou".includes(letter) || (letter === "y" && pattern.endsWith("c"));
    pattern += vowel ? "v" : "c";
  }
  return pattern;
}

/** Porter's m: how often a vowel is followed by a consonant. */
const measure = (stem: string): number => sounds(stem).split("vc").length - 1;

/** Porter's condition *o, and NLTK's addition of two-letter stems. */
function endsInShortSyllable(stem: string): boolean {
  const pattern = sounds(stem);
  return pattern === "vc" || (pattern.endsWith("cvc") && !/[wxy]$/.test(stem));
}

const endsInDoubleConsonant = (stem: string): boolean =>
  stem.length >= 2 && stem.at(-1) === stem.at(-2) && sounds(stem).endsWith("c");

/** A suffix, what takes its place, and when; the first suffix that a word ends in decides, whether it applies or not. */
type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string) => boolean];

function applyFirst(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (!rule) return word;
  const [suffix, replacement, condition] = rule;
  const stem = word.slice(0, word.length - suffix.length);
  return condition && !condition(stem) ? word : stem + replacement;
}

const whenMeasured = (minimum: number, list: string): Rule[] =>
  list.split(" ").map((entry) => {
    const [suffix = "", replacement = ""] = entry.split(">");
    return [suffix, replacement, (stem) => measure(stem) >= minimum] as const;
  });

const plurals: readonly Rule[] = [
  ["sses", "ss"],
  ["ies", "i"],
  ["ss", "ss"],
  ["s", ""],
];

const doubleSuffixes: readonly Rule[] = [
  ...whenMeasured(
    1,
    "ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous ization>ize ation>ate " +
      "ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive biliti>ble fulli>ful",
  ),
  // The l belongs to the stem here, so that "geology" has one.
  ["logi", "log", (stem) => measure(`${stem}l`) >= 1],
];

const furtherSuffixes = whenMeasured(1, "icate>ic ative> alize>al iciti>ic ical>ic ful> ness>");

const lastSuffixes: readonly Rule[] = [
  ...whenMeasured(2, "al> ance> ence> er> ic> able> ible> ant> ement> ment> ent>"),
  ["ion", "", (stem) => measure(stem) >= 2 && /[st]$/.test(stem)],
  ...whenMeasured(2, "ou> ism> ate> iti> ous> ive> ize>"),
];

function withoutPlural(word: string): string {
  return word.length === 4 && word.endsWith("ies") ? word.slice(0, -1) : applyFirst(word, plurals);
}

function withoutPast(word: string): string {
  if (word.endsWith("ied")) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith("eed")) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = ["ed", "ing"].find((ending) => word.endsWith(ending));
  const stem = suffix === undefined ? word : word.slice(0, -suffix.length);
  if (suffix === undefined || !sounds(stem).includes("v")) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsInDoubleConsonant(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsInShortSyllable(stem) ? `${stem}e` : stem;
}

function withI(word: string): string {
  return applyFirst(word, [["y", "i", (stem) => stem.length > 1 && sounds(stem).endsWith("c")]]);
}

function withoutDoubleSuffix(word: string): string {
  const stem = word.slice(0, -4);
  if (word.endsWith("alli") && measure(stem) > 0) return withoutDoubleSuffix(`${stem}al`);
  return applyFirst(word, doubleSuffixes);
}

function withoutFinalE(word: string): string {
  if (!word.endsWith("e")) return word;
  const stem = word.slice(0, -1);
  const length = measure(stem);
  return length > 1 || (length === 1 && !endsInShortSyllable(stem)) ? stem : word;
}

/**
 * The stem of a lower-case word.
 *
 * @example
 * porterStem("relational"); // → "relat"
 */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  const bare = withoutDoubleSuffix(withI(withoutPast(withoutPlural(word))));
  const short = withoutFinalE(applyFirst(applyFirst(bare, furtherSuffixes), lastSuffixes));
  return short.endsWith("ll") && measure(short.slice(0, -1)) > 1 ? short.slice(0, -1) : short;
}
