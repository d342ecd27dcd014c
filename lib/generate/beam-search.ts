/** Beam search over a batch of prompts, with or without sampling, as transformers 5 (`_beam_search`) has it. */
import type { GenerateOutput } from "../nn/index.ts";
import { seededRandom, type SeededRandom } from "../random.ts";
import { nextTurn } from "../tensor/index.ts";
import { PromptBeams, type Candidate } from "./beams.ts";
import { repeated, type Decoding } from "./decoding.ts";
import type { GenerationPlan } from "./plan.ts";
import { largestIndices, logSoftmax } from "./processors/index.ts";
import { argmax, gumbelScores } from "./sampling.ts";
import { endTest, interruption, type EndTest } from "./stopping.ts";

type Rows = readonly (readonly number[])[];

/** How the candidates of a step are chosen. */
interface ChoiceOptions {
  plan: GenerationPlan;
  /** Row of `scores` of the prompt's first beam, in the numbering of the whole batch. */
  firstRow: number;
  hasEnded: EndTest;
  /** Draws when there is one. */
  random: SeededRandom | undefined;
}

/** The best continuations, or drawn ones, of a prompt's beams; `logProbabilities` are one `[V]` a beam. */
function chooseCandidates(
  beams: PromptBeams,
  logProbabilities: readonly Float32Array[],
  { plan, firstRow, hasEnded, random }: ChoiceOptions,
): Candidate[] {
  const vocabulary = logProbabilities[0]!.length;
  const count = Math.max(2, 1 + plan.eosTokenIds.length) * plan.settings.numBeams;
  const sums = new Float32Array(vocabulary * beams.running.length);
  for (const [beam, row] of logProbabilities.entries()) {
    const { score } = beams.running[beam]!;
    for (let token = 0; token < vocabulary; token++) sums[beam * vocabulary + token] = row[token]! + score;
  }
  const chosen = largestIndices(random ? gumbelScores(sums, random) : sums, count);
  // Says what is wrong where no score is left.
  if (!(sums[chosen[0]!]! > -Infinity)) argmax(sums);
  return chosen.map((index) => {
    const parent = Math.floor(index / vocabulary);
    const beam = beams.running[parent]!;
    const sequence = [...beam.sequence, index % vocabulary];
    const isFull = sequence.length >= plan.promptLength + plan.maxNewTokens;
    return {
      score: sums[index]!,
      sequence,
      rows: [...beam.rows, firstRow + parent],
      parent,
      hasEnded: isFull || hasEnded(sequence),
    };
  });
}

/** The best sequences of every prompt, filled up to one length. */
function collect(
  prompts: readonly PromptBeams[],
  { settings, promptLength, padTokenId }: GenerationPlan,
  output: GenerateOutput,
): GenerateOutput {
  const kept = prompts.flatMap(({ ended }) => ended.slice(0, settings.numReturnSequences));
  const longest = Math.max(...kept.map(({ rows }) => rows.length));
  const filled = (row: readonly number[], length: number, filler: number): number[] => [
    ...row,
    ...Array<number>(length - row.length).fill(filler),
  ];
  output.sequences = kept.map(({ sequence }) => filled(sequence, promptLength + longest, padTokenId));
  output.sequencesScores = kept.map(({ score }) => score);
  output.beamIndices = kept.map(({ rows }) => filled(rows, longest, -1));
  return output;
}

/** Keeps the most probable sequences of every prompt and gives the best that have ended. */
export async function beamSearch(
  decoding: Decoding,
  { inputIds, plan }: { inputIds: Rows; plan: GenerationPlan },
): Promise<GenerateOutput> {
  const { settings, processors, options, outputScores, outputLogits } = plan;
  const { numBeams } = settings;
  const hasEnded = endTest(plan);
  const isInterrupted = interruption(plan);
  const random = settings.doSample ? seededRandom(options.seed ?? 0) : undefined;
  const prompts = inputIds.map(
    (prompt) => new PromptBeams(prompt, { ...settings, maxNewTokens: plan.maxNewTokens }),
  );
  const output: GenerateOutput = { sequences: [] };
  if (outputScores) output.scores = [];
  if (outputLogits) output.logits = [];
  /** The prompts whose beams are in the batch. */
  let batch = prompts.map((_, index) => index);
  let rows: Float32Array[] | undefined;
  while (batch.some((index) => !prompts[index]!.isDone)) {
    if (isInterrupted()) {
      for (const prompt of prompts) if (!prompt.isDone) prompt.interrupt();
      break;
    }
    if (rows) {
      const running = batch.flatMap((index) => prompts[index]!.running);
      rows = await decoding.readTokens(running.map(({ sequence }) => sequence[sequence.length - 1]!));
    } else {
      // The prompt is read once for all its beams.
      rows = repeated(await decoding.readPrompts(inputIds, options.attentionMask), numBeams);
      rows = rows.map((row) => row.slice());
      decoding.takeRows(repeated(batch, numBeams));
    }
    if (outputLogits) output.logits!.push(rows.map((row) => row.slice()));
    const running = batch.flatMap((index) => prompts[index]!.running);
    for (const [row, scores] of rows.entries()) {
      logSoftmax(scores);
      for (const process of processors) process(scores, running[row]!.sequence);
    }
    if (outputScores) output.scores!.push(rows);
    const parents: number[] = [];
    const going: number[] = [];
    for (const [position, index] of batch.entries()) {
      const prompt = prompts[index]!;
      const first = position * numBeams;
      let order = prompt.running.map((_, beam) => beam);
      if (!prompt.isDone) {
        const scores = rows.slice(first, first + numBeams);
        const candidates = chooseCandidates(prompt, scores, {
          plan,
          firstRow: index * numBeams,
          hasEnded,
          random,
        });
        order = prompt.advance(candidates);
      }
      // With scores asked for, every step has all rows.
      if (prompt.isDone && !outputScores && !outputLogits) continue;
      going.push(index);
      parents.push(...order.map((beam) => first + beam));
    }
    if (going.some((index) => !prompts[index]!.isDone)) {
      decoding.takeRows(parents, { siblings: going.length === batch.length });
    }
    batch = going;
    await nextTurn();
  }
  return collect(prompts, plan, output);
}
