/** Glob patterns, as history_request has them, matched in a time that no pattern can blow up. */

/** One place of a pattern: any text, any character, or one of a set (or not of it). */
type Part = "*" | { matches: (character: string) => boolean };

/** A test for whole texts: `*` is any text, `?` any character, `[a-z]` one of a set and `[^a-z]` or `[!a-z]` none of it. */
export function globTest(pattern: string): (text: string) => boolean {
  const parts = parseGlob(pattern);
  return (text) => matchesParts(parts, Array.from(text));
}

function parseGlob(pattern: string): Part[] {
  const characters = Array.from(pattern);
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    const end = character === "[" ? setEnd(characters, at) : undefined;
    if (character === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
    } else if (character === "?") {
      parts.push({ matches: () => true });
    } else if (end !== undefined) {
      parts.push({ matches: setTest(characters.slice(at + 1, end)) });
      at = end;
    } else {
      parts.push({ matches: (other) => other === character });
    }
  }
  return parts;
}

/** Where the set that begins here ends; a bracket that is never closed stands for itself. */
function setEnd(characters: readonly string[], start: number): number | undefined {
  const first = start + (/[!^]/.test(characters[start + 1] ?? "") ? 2 : 1);
  // "]" is a member when it comes first.
  const end = characters.indexOf("]", first + 1);
  return end < 0 ? undefined : end;
}

function setTest(inside: readonly string[]): (character: string) => boolean {
  const negated = /[!^]/.test(inside[0] ?? "");
  const members = negated ? inside.slice(1) : inside;
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? "";
    const isRange = members[at + 1] === "-" && at + 2 < members.length;
    ranges.push([from, isRange ? (members[at + 2] ?? "") : from]);
    if (isRange) at += 2;
  }
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== negated;
}

/** Only the latest `*` is ever given more text, which is enough, and takes time in proportion to both lengths. */
function matchesParts(parts: readonly Part[], text: readonly string[]): boolean {
  let [at, place] = [0, 0];
  let star: { place: number; at: number } | undefined;
  while (at < text.length) {
    const part = parts[place];
    if (part === "*") {
      star = { place, at };
      place += 1;
    } else if (part?.matches(text[at] ?? "")) {
      at += 1;
      place += 1;
    } else if (star) {
      star.at += 1;
      at = star.at;
      place = star.place + 1;
    } else {
      return false;
    }
  }
  while (parts[place] === "*") place += 1;
  return place === parts.length;
}
