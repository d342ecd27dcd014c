/** Cuts added tokens out of a text, as the reference tokenizer does: leftmost, then longest, and without overlap. */
import type { AddedToken } from "./parse.ts";

/** A part of a text, `[start, end)` in UTF-16 units: an added token, or text between two. */
export interface Section {
  start: number;
  end: number;
  token?: AddedToken;
}

/** Which matches count. */
export interface MatchPolicy {
  /** Whether the spelling of a special token is that token; where it is not, it is ordinary text. */
  allowSpecial: boolean;
  /** Characters, by their places, that no special token may be of. */
  cuts?: ReadonlySet<number>;
}

/** Looks for a set of added tokens. */
export interface AddedTokenMatcher {
  /** Whether there is anything to look for, and whether any of it is special. */
  readonly isEmpty: boolean;
  readonly hasSpecial: boolean;
  /** The sections of a text, in order; together they are the whole text. */
  split(text: string, policy: MatchPolicy): Section[];
}

const wordBefore = /[\p{L}\p{N}\p{M}_]$/u;
const wordAfter = /^[\p{L}\p{N}\p{M}_]/u;
const blank = /\p{White_Space}/u;

/** A matcher for tokens by the spelling that a text has them in. */
export function addedTokenMatcher(tokens: ReadonlyMap<string, AddedToken>): AddedTokenMatcher {
  const byFirst = new Map<string, string[]>();
  for (const spelling of tokens.keys()) {
    const first = spelling[0]!;
    byFirst.set(first, [...(byFirst.get(first) ?? []), spelling]);
  }
  for (const spellings of byFirst.values()) spellings.sort((a, b) => b.length - a.length);
  const isEmpty = tokens.size === 0;
  const escaped = [...byFirst.keys()].map(
    (first) => `\\u${first.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const firsts = isEmpty ? undefined : new RegExp(`[${escaped.join("")}]`, "g");

  const accepted = (
    text: string,
    start: number,
    end: number,
    token: AddedToken,
    { allowSpecial, cuts }: MatchPolicy,
  ): boolean => {
    if (token.special && !allowSpecial) return false;
    if (token.special && cuts !== undefined && cuts.size > 0) {
      for (let at = start; at < end; at++) if (cuts.has(at)) return false;
    }
    // A character beside the token is at most two UTF-16 units long.
    return !(
      token.singleWord &&
      (wordBefore.test(text.slice(Math.max(0, start - 2), start)) || wordAfter.test(text.slice(end, end + 2)))
    );
  };

  return {
    isEmpty,
    hasSpecial: [...tokens.values()].some(({ special }) => special),
    split(text, policy) {
      const sections: Section[] = [];
      let done = 0;
      if (firsts) {
        firsts.lastIndex = 0;
        for (let hit = firsts.exec(text); hit; hit = firsts.exec(text)) {
          const spelling = byFirst.get(hit[0])!.find((candidate) => text.startsWith(candidate, hit.index));
          if (spelling === undefined) continue;
          const token = tokens.get(spelling)!;
          let [start, end] = [hit.index, hit.index + spelling.length];
          // A match that does not count is passed as a whole, as in the reference.
          firsts.lastIndex = end;
          if (!accepted(text, start, end, token, policy)) continue;
          while (token.lstrip && start > done && blank.test(text[start - 1]!)) start--;
          while (token.rstrip && end < text.length && blank.test(text[end]!)) end++;
          if (done < start) sections.push({ start: done, end: start });
          sections.push({ start, end, token });
          done = end;
          firsts.lastIndex = end;
        }
      }
      if (done < text.length) sections.push({ start: done, end: text.length });
      return sections;
    },
  };
}
