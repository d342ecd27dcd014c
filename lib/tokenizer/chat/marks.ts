/** Characters that stand for something while a chat template runs, and are gone afterwards. */
import { ResidencyError } from "../../errors.ts";

/** Four characters that neither the conversation nor the template has. */
export interface Marks {
  /** Behind the first character of a special token's spelling in a message. */
  protect: string;
  /** Around the assistant's text. */
  start: string;
  end: string;
  /** Behind the text that the model is to go on with. */
  tag: string;
}

/** What a rendered conversation is without its marks; places are in UTF-16 units. */
export interface UnmarkedChat {
  text: string;
  /** The first characters of spellings that must stay text. */
  cuts: ReadonlySet<number>;
  /** What the assistant said, `[start, end)`. */
  generations: [start: number, end: number][];
}

const escapeOf = (mark: string): string => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Chooses marks from the private use area that do not occur in `inputs`. */
export function chooseMarks(inputs: string): Marks {
  const free: string[] = [];
  for (let code = 0xe000; code <= 0xf8ff && free.length < 4; code++) {
    const mark = String.fromCharCode(code);
    if (!inputs.includes(mark) && !inputs.includes(escapeOf(mark))) free.push(mark);
  }
  const [protect, start, end, tag] = free;
  if (protect !== undefined && start !== undefined && end !== undefined && tag !== undefined) {
    return { protect, start, end, tag };
  }
  throw new ResidencyError(
    "E_TOKENIZER",
    "Cannot apply the chat template: the conversation uses up Unicode's whole private use area; remove such characters",
  );
}

/** Marks each spelling of a special token in all texts of a value, so that a template cannot make it that token. */
export function protectSpellings(value: unknown, spellings: readonly string[], mark: string): unknown {
  if (spellings.length === 0) return value;
  const escaped = spellings.map((spelling) => spelling.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  // Whatever the case, since a template may change it; zero wide, since spellings may overlap.
  const places = new RegExp(`(?=${escaped.join("|")})([^])`, "giu");
  return mapTexts(value, (text) => text.replace(places, `$1${mark}`));
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((entry: unknown) => mapTexts(entry, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [map(key), mapTexts(entry, map)]));
}

/** Takes the marks out of a rendered conversation and tells where they were. */
export function removeMarks(rendered: string, { protect, start, end }: Marks): UnmarkedChat {
  const cuts = new Set<number>();
  const generations: [number, number][] = [];
  const open: number[] = [];
  // A template may write its inputs as ASCII JSON.
  const pattern = new RegExp(`\\${escapeOf(protect)}|[${protect}${start}${end}]`, "g");
  let text = "";
  let done = 0;
  for (const { 0: mark, index } of rendered.matchAll(pattern)) {
    text += rendered.slice(done, index);
    done = index + mark.length;
    if (mark === start) open.push(text.length);
    else if (mark === end) generations.push([open.pop() ?? text.length, text.length]);
    else cuts.add(text.length - 1);
  }
  return { text: text + rendered.slice(done), cuts, generations };
}
