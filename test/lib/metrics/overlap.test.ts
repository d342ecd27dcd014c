/** ROUGE, BLEU, SQuAD's scores and Porter's stemmer against values of their reference implementations. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  bleuFromStatistics,
  bleuStatistics,
  corpusBleu,
  exactMatch,
  meanRouge,
  normalizeAnswer,
  porterStem,
  rouge,
  sentenceBleu,
  sumBleuStatistics,
  tokenF1,
  tokenize13a,
  type BleuOptions,
  type BleuSmoothing,
  type RougeScores,
} from "../../../lib/metrics/index.ts";
import { fixture } from "../../support/paths.ts";
import { assertClose } from "../../support/closeness.ts";

type Triples = Record<keyof RougeScores, [precision: number, recall: number, fmeasure: number]>;

interface GoldenBleu {
  score: number;
  counts: readonly number[];
  totals: readonly number[];
  precisions: number[];
  brevityPenalty: number;
  hypothesisLength: number;
  referenceLength: number;
}

interface GoldenCorpus extends GoldenBleu {
  options: {
    smooth_method?: BleuSmoothing;
    smooth_value?: number;
    lowercase?: boolean;
    effective_order?: boolean;
  };
  signature: string;
}

interface Golden {
  rouge: { target: string; prediction: string; plain: Triples; stemmed: Triples }[];
  bleu: {
    hypotheses: string[];
    references: string[][];
    multiReferences: string[][];
    corpus: GoldenCorpus[];
    corpusMulti: GoldenCorpus;
    sentences: GoldenBleu[];
    tokenized13a: [line: string, tokens: string][];
  };
  stems: [word: string, stem: string][];
  squad: {
    references: string[];
    prediction: string;
    normalized: string;
    exactMatch: number;
    tokenF1: number;
  }[];
}

const golden = JSON.parse(readFileSync(fixture("metrics", "expected.json"), "utf8")) as Golden;
const kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"] as const;

describe("porterStem", () => {
  it("gives NLTK's stems when words have every suffix of the rules", () => {
    assert.ok(golden.stems.length > 250);
    for (const [word, stem] of golden.stems) assert.equal(porterStem(word), stem, word);
  });
});

describe("rouge", () => {
  it("gives rouge_score's precision, recall and F when texts overlap, are empty or span lines", () => {
    for (const { target, prediction, plain, stemmed } of golden.rouge) {
      for (const [useStemmer, expected] of [
        [false, plain],
        [true, stemmed],
      ] as const) {
        const scores = rouge(prediction, target, { useStemmer });
        for (const kind of kinds) {
          const { precision, recall, fmeasure } = scores[kind];
          assertClose([precision, recall, fmeasure], expected[kind], 1e-12, `${kind} of "${prediction}"`);
        }
      }
    }
  });
});

describe("meanRouge", () => {
  it("is the mean over rows when there are several", () => {
    const scores = meanRouge(
      golden.rouge.map(({ prediction }) => prediction),
      golden.rouge.map(({ target }) => target),
    );
    const expected = golden.rouge.reduce((sum, { plain }) => sum + plain.rougeL[2], 0) / golden.rouge.length;
    assertClose([scores.rougeL.fmeasure], [expected], 1e-12);
  });

  it("is refused when predictions and references differ in number", () => {
    assert.throws(() => meanRouge(["a"], []), {
      code: "E_DATASET",
      message: /1 predictions and 0 references/,
    });
  });
});

function compare(score: GoldenBleu, expected: GoldenBleu, what: string): void {
  for (const part of ["score", "counts", "totals", "precisions", "brevityPenalty"] as const) {
    const wanted = expected[part];
    assertClose([score[part]], [wanted], 1e-9, `${part} of ${what}`);
  }
  assert.equal(score.hypothesisLength, expected.hypothesisLength, what);
  assert.equal(score.referenceLength, expected.referenceLength, what);
}

function optionsOf({ options }: GoldenCorpus): BleuOptions {
  return {
    ...(options.smooth_method && { smoothMethod: options.smooth_method }),
    ...(options.smooth_value !== undefined && { smoothValue: options.smooth_value }),
    lowercase: options.lowercase ?? false,
    effectiveOrder: options.effective_order ?? false,
  };
}

describe("tokenize13a", () => {
  it("gives sacreBLEU's tokens when lines hold entities, numbers, hyphens and rare white space", () => {
    for (const [line, tokens] of golden.bleu.tokenized13a) assert.equal(tokenize13a(line).join(" "), tokens);
  });
});

describe("corpusBleu", () => {
  const { hypotheses, references, multiReferences, corpus, corpusMulti } = golden.bleu;
  const rows: [string[], string[][]][] = [
    [hypotheses, references],
    [hypotheses.slice(0, 2), references.slice(0, 2)],
    ...Array.from({ length: 5 }, (): [string[], string[][]] => [hypotheses, references]),
    [hypotheses.slice(6, 7), references.slice(6, 7)],
    [["x"], [["y"]]],
    [["x y"], [["x y"]]],
    [["x y"], [["x y"]]],
  ];

  it("gives sacreBLEU's scores and signatures when the options vary", () => {
    assert.equal(corpus.length, rows.length);
    for (const [row, expected] of corpus.entries()) {
      const score = corpusBleu(...rows[row]!, optionsOf(expected));
      compare(score, expected, `corpus ${row}`);
      assert.equal(score.signature, expected.signature);
    }
    assertClose([corpus[1]!.score], [46.329394324337585], 1e-12);
  });

  it("takes the closest and the best of several references when there are any", () => {
    const score = corpusBleu(hypotheses, multiReferences);
    compare(score, corpusMulti, "several references");
    assert.equal(score.signature, corpusMulti.signature);
    assert.match(corpusBleu(["a", "b"], ["a", ["b", "c"]]).signature, /^nrefs:var\|/);
  });

  it("equals the score of summed statistics when segments are counted apart", () => {
    const segments = hypotheses.map((text, row) => bleuStatistics(text, references[row]!));
    assert.equal(
      bleuFromStatistics(sumBleuStatistics(segments)).score,
      corpusBleu(hypotheses, references).score,
    );
  });

  it("is refused when references are missing", () => {
    assert.throws(() => corpusBleu(["a"], []), { code: "E_DATASET" });
    assert.throws(() => corpusBleu(["a"], [[]]), { code: "E_DATASET" });
    assert.throws(() => corpusBleu([], []), { code: "E_DATASET" });
  });
});

describe("sentenceBleu", () => {
  it("gives sacreBLEU's scores when sentences are short, empty or long", () => {
    for (const [row, expected] of golden.bleu.sentences.entries()) {
      compare(
        sentenceBleu(golden.bleu.hypotheses[row]!, golden.bleu.multiReferences[row]!),
        expected,
        golden.bleu.hypotheses[row]!,
      );
    }
  });
});

describe("exactMatch and tokenF1", () => {
  it("give the best score of SQuAD's rules when there are several references", () => {
    for (const { references, prediction, ...expected } of golden.squad) {
      assert.equal(normalizeAnswer(prediction), expected.normalized);
      assert.equal(exactMatch(prediction, references), expected.exactMatch, prediction);
      assertClose([tokenF1(prediction, references)], [expected.tokenF1], 1e-12, prediction);
    }
  });

  it("are refused when the list of references is empty", () => {
    assert.throws(() => exactMatch("a", []), { code: "E_DATASET" });
    assert.throws(() => tokenF1("a", []), { code: "E_DATASET" });
  });
});
