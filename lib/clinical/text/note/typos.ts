/** Misspells a few words of a note as a hurried typist does; words that carry a fact are left alone. */
import type { RandomDraws } from "../../../data/index.ts";

/** Words of the wordings alone: none of them is part of a drug, a disease or a finding. */
const words =
  /\b(presented|admitted|discharged|started|treated|received|performed|showed|revealed|managed|noticed|reported|described|consulted|developed|tolerated|continued|Started|Received|Treated|Discharged|Underwent|Notable|Diagnosed)\b/g;

/** Swaps two letters, drops one or doubles one, inside a word. */
function mistype(word: string, random: RandomDraws): string {
  const at = random.between(1, word.length - 3);
  const kind = random.int(3);
  if (kind === 0) return word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2);
  if (kind === 1) return word.slice(0, at) + word.slice(at + 1);
  return word.slice(0, at) + word[at]! + word.slice(at);
}

/** The text with none to three words misspelt, none of them inside a clause that a question quotes. */
export function misspell(text: string, quoted: readonly string[], random: RandomDraws): string {
  const kept = quoted.map((clause) => ({ start: text.indexOf(clause), length: clause.length }));
  const places = [...text.matchAll(words)].filter(
    ({ index }) => !kept.some(({ start, length }) => index >= start && index < start + length),
  );
  const chosen = random.shuffle(places).slice(0, random.pick([0, 0, 0, 1, 1, 2, 3]));
  let result = text;
  for (const { index, 0: word } of chosen.toSorted((a, b) => b.index - a.index)) {
    result = result.slice(0, index) + mistype(word, random) + result.slice(index + word.length);
  }
  return result;
}
