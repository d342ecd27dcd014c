/** Documents as tokenized rows: the vocabulary is trained on a part of them, and all are packed without cutting where they fit. */
import type { DocumentKind } from "../../lib/corpus/index.ts";
import { packDataset, type TokenizedRow } from "../../lib/data/index.ts";
import { seededRandom } from "../../lib/random.ts";
import { trainBpe, type PreTrainedTokenizer } from "../../lib/tokenizer/index.ts";
import type { ClinicalDocuments, DocumentParts } from "./documents.ts";
import { endlessGeneral } from "./documents.ts";
import { contextLength } from "./shape.ts";

/** The special tokens: what ends a text, and what fills rows. */
export const specialTokens = { eos: "<|endoftext|>", pad: "<|pad|>" } as const;

/** Characters of each part that the vocabulary is trained on at most, and for each token that is read. */
const vocabularyCharacters = { most: 4_000_000, aToken: 4 };
/** How often clinical documents are read at most; more often is memorised, and learnt from no more (Muennighoff et al., 2023). */
const mostPasses = 4;

function* first(documents: Iterable<DocumentParts>, characters: number): Generator<string, void, undefined> {
  let left = characters;
  for (const parts of documents) {
    for (const part of parts) {
      if (left <= 0) return;
      left -= part.length;
      yield part;
    }
  }
}

/** What a vocabulary and rows are made from. */
export interface Sources {
  clinical: ClinicalDocuments;
  seed: number;
}

/** Trains a byte-level BPE on equal parts of both kinds of text; gives the content of tokenizer.json and its config. */
export function trainVocabulary(
  { clinical, seed }: Sources,
  { vocabSize, tokens }: { vocabSize: number; tokens: number },
): { tokenizer: object; config: object } {
  const characters = Math.min(vocabularyCharacters.most, vocabularyCharacters.aToken * tokens);
  const texts = function* (): Generator<string, void, undefined> {
    yield* first(clinical.pass(0), characters);
    yield* first(endlessGeneral(seed), characters);
  };
  const { eos, pad } = specialTokens;
  return {
    tokenizer: trainBpe(texts(), { vocabSize, specialTokens: [eos, pad] }),
    config: {
      tokenizer_class: "PreTrainedTokenizerFast",
      bos_token: eos,
      eos_token: eos,
      pad_token: pad,
      model_max_length: contextLength,
      clean_up_tokenization_spaces: false,
    },
  };
}

/** How many tokens of what. */
export interface Budget {
  /** In all, at least. */
  tokens: number;
  /** The general part of them, in [0, 1]. */
  generalShare: number;
}

/** Rows to train on and to measure on, and what they are. */
export interface PretrainingRows {
  /** In the order in which they are to be read. */
  train: TokenizedRow[];
  heldOut: { general: TokenizedRow[]; clinical: TokenizedRow[] };
  counts: {
    clinicalTokens: number;
    generalTokens: number;
    clinicalDocuments: number;
    generalDocuments: number;
    /** How often each training patient is read. */
    clinicalPasses: number;
    /** Documents that were longer than a row, and cut. */
    cutDocuments: number;
  };
}

/**
 * What comes first, and how much of all tokens: texts of which most can be said by looking back. A model that has found out how
 * to do that early learns from everything after it what to look for.
 */
const drill = {
  kinds: ["recall", "echo", "askedRegister", "order"],
  share: 0.08,
} as const satisfies { kinds: readonly DocumentKind[]; share: number };
/** So that they are none of the general texts that come later. */
const drillSalt = 0x6a09e667;

/** Held-out general texts, in tokens. */
const heldOutTokens = 8_000;
/** So that general texts to measure on are none of those that are trained on. */
const heldOutSalt = 0x2545f491;

/**
 * Tokenizes documents until the budget is used up: clinical ones for their share, as far as they go in four passes, and general
 * ones for the rest. Each ends with the end-of-text token and sees no other.
 */
export async function buildRows(
  { clinical, seed }: Sources,
  tokenizer: PreTrainedTokenizer,
  { tokens, generalShare }: Budget,
  onProgress: (tokens: number) => Promise<void>,
): Promise<PretrainingRows> {
  const eosTokenId = tokenizer.eosTokenId!;
  const row = (text: string): TokenizedRow => {
    const inputIds = [...tokenizer.encode(text), eosTokenId];
    return { inputIds, labels: inputIds };
  };
  /** The parts as one text where that fits, else each by itself. */
  const rowsOf = (parts: DocumentParts): TokenizedRow[] => {
    const whole = row(parts.join("\n\n"));
    return parts.length === 1 || whole.inputIds.length <= contextLength ? [whole] : parts.map(row);
  };
  const lengthOf = (rows: readonly TokenizedRow[]): number =>
    rows.reduce((sum, { inputIds }) => sum + inputIds.length, 0);

  const texts: TokenizedRow[] = [];
  let total = 0;
  let told = 0;
  /** Takes documents until there are so many tokens in all; gives how many were taken, false when they ran out before. */
  async function take(
    documents: Iterable<DocumentParts>,
    until: number,
  ): Promise<{ taken: number; isFull: boolean }> {
    let taken = 0;
    if (total >= until) return { taken, isFull: true };
    for (const parts of documents) {
      const rows = rowsOf(parts);
      texts.push(...rows);
      total += lengthOf(rows);
      taken++;
      if (total - told > 20_000) {
        told = total;
        await onProgress(total);
      }
      if (total >= until) return { taken, isFull: true };
    }
    return { taken, isFull: false };
  }

  const drilling = Math.min(drill.share, generalShare) * tokens;
  const { taken: drills } = await take(endlessGeneral(seed ^ drillSalt, drill.kinds), drilling);
  const drillTokens = total;
  const drillRows = packDataset(texts.splice(0), contextLength);

  let clinicalDocuments = 0;
  let passes = 0;
  for (let isFull = false; !isFull && passes < mostPasses; passes++) {
    const outcome = await take(clinical.pass(passes), drillTokens + tokens * (1 - generalShare));
    ({ isFull } = outcome);
    clinicalDocuments += outcome.taken;
  }
  const clinicalTokens = total - drillTokens;
  const { taken: generalDocuments } = await take(endlessGeneral(seed), tokens);
  const heldOutGeneral: TokenizedRow[] = [];
  for (const parts of endlessGeneral(seed ^ heldOutSalt)) {
    heldOutGeneral.push(...rowsOf(parts));
    if (lengthOf(heldOutGeneral) >= heldOutTokens) break;
  }
  return {
    train: [
      ...seededRandom(seed).shuffle(drillRows),
      ...seededRandom(seed).shuffle(packDataset(texts, contextLength)),
    ],
    heldOut: {
      general: packDataset(heldOutGeneral, contextLength),
      clinical: packDataset(clinical.heldOut.flatMap(rowsOf), contextLength),
    },
    counts: {
      clinicalTokens,
      generalTokens: total - clinicalTokens,
      clinicalDocuments,
      generalDocuments: generalDocuments + drills,
      clinicalPasses: clinicalTokens === 0 ? 0 : passes,
      cutDocuments: texts.filter(({ inputIds }) => inputIds.length > contextLength).length,
    },
  };
}
