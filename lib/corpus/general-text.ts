/** The general part of what the base model is trained on: short documents of every kind, drawn from a seed. */
import { ResidencyError } from "../errors.ts";
import { seededRandom, type SeededRandom } from "../random.ts";
import { definitions } from "./documents/definitions.ts";
import { dialogue } from "./documents/dialogues.ts";
import { abbreviation, echo, order, recall, timeline } from "./documents/echoes.ts";
import { knowledge } from "./documents/knowledge.ts";
import { picking, sections } from "./documents/lists.ts";
import { askedRecord, askedRegister, retoldRecord } from "./documents/records.ts";
import { everyday, story } from "./documents/stories.ts";

/** What writes each kind of document. */
const writers = {
  definitions,
  knowledge,
  everyday,
  story,
  dialogue,
  askedRecord,
  askedRegister,
  retoldRecord,
  sections,
  picking,
  order,
  timeline,
  abbreviation,
  echo,
  recall,
} satisfies Record<string, (random: SeededRandom) => string>;

/** A kind of document. */
export type DocumentKind = keyof typeof writers;

/** Every kind. */
export const documentKinds = Object.keys(writers) as readonly DocumentKind[];

/**
 * Documents of each kind among a hundred. More than half have to be copied from: a small model learns to look back at what a
 * text says only where nothing else helps, and answers about a patient are nothing but that.
 */
export const documentShares: Readonly<Record<DocumentKind, number>> = {
  definitions: 9,
  knowledge: 5,
  everyday: 8,
  story: 7,
  dialogue: 7,
  askedRecord: 20,
  askedRegister: 7,
  retoldRecord: 7,
  sections: 6,
  picking: 3,
  order: 3,
  timeline: 4,
  abbreviation: 4,
  echo: 2,
  recall: 8,
};

/** A document of the general part. */
export interface GeneralDocument {
  kind: DocumentKind;
  text: string;
}

/** What to draw. */
export interface GeneralTextOptions {
  seed: number;
  /** Characters in all, at least; the last document is whole. */
  characters: number;
  /** Documents of these kinds alone; of every kind when left out. */
  kinds?: readonly DocumentKind[];
}

/**
 * Draws a document of one kind from a seed, a whole number.
 *
 * @example
 * writeDocument("recall", 7) === writeDocument("recall", 7); // → true
 */
export function writeDocument(kind: DocumentKind, seed: number): string {
  return writers[kind](seededRandom(seed));
}

/**
 * Draws documents until they have so many characters; the same seed gives the same ones on every machine.
 *
 * @throws ResidencyError E_CONFIG when `characters` is not a number of at least 0.
 * @example
 * const texts = [...generalDocuments({ seed: 1, characters: 50_000 })].map(({ text }) => text);
 * texts.length > 100; // → true
 */
export function* generalDocuments({
  seed,
  characters,
  kinds = documentKinds,
}: GeneralTextOptions): Generator<GeneralDocument, void, undefined> {
  if (!(characters >= 0) || !Number.isFinite(characters)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot draw ${characters} characters of text: give a number of at least 0`,
    );
  }
  const random = seededRandom(seed);
  const bag = kinds.flatMap((kind) => Array<DocumentKind>(documentShares[kind]).fill(kind));
  if (bag.length === 0)
    throw new ResidencyError("E_CONFIG", "Cannot draw documents of no kind: name one at least");
  for (let written = 0; written < characters;) {
    const kind = random.pick(bag);
    const text = writers[kind](random);
    written += text.length;
    yield { kind, text };
  }
}
