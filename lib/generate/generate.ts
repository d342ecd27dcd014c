/** Continues prompts token by token: greedy or sampled here, with beams in beam-search.ts. */
import type { GenerateDictOptions, GenerateMethod, GenerateOptions, GenerateOutput } from "../nn/index.ts";
import { seededRandom } from "../random.ts";
import { nextTurn } from "../tensor/index.ts";
import { beamSearch } from "./beam-search.ts";
import type { CausalDecoder } from "./decoder.ts";
import { checkPrompts, Decoding, repeated } from "./decoding.ts";
import { planGeneration, type GenerationPlan } from "./plan.ts";
import { argmax, probabilityOf, sampleToken } from "./sampling.ts";
import { endTest, interruption } from "./stopping.ts";

type Rows = readonly (readonly number[])[];

/** Rows that have ended are taken out of the batch when they are at least this part of it. */
const endedShare = 1 / 4;

/** Greedy search, or sampling. */
async function tokenSearch(
  decoding: Decoding,
  { inputIds, plan }: { inputIds: Rows; plan: GenerationPlan },
): Promise<GenerateOutput> {
  const { settings, processors, maxNewTokens, padTokenId, options } = plan;
  const { outputScores, outputLogits } = plan;
  const copies = settings.numReturnSequences;
  const { onToken, streamer } = options;
  const hasEnded = endTest(plan);
  const isInterrupted = interruption(plan);
  const random = seededRandom(options.seed ?? 0);
  const sequences = repeated(inputIds, copies).map((row) => [...row]);
  const ended = sequences.map(() => false);
  const output: GenerateOutput = { sequences };
  if (outputScores) output.scores = [];
  if (outputLogits) output.logits = [];
  /** The sequence of each row of the batch. */
  let batch = sequences.map((_, index) => index);
  streamer?.put(inputIds[0]!);

  for (let step = 0, fresh: number[] = []; step < maxNewTokens && !isInterrupted(); step++) {
    let rows =
      step === 0
        ? await decoding.readPrompts(inputIds, options.attentionMask)
        : await decoding.readTokens(fresh);
    if (step === 0 && copies > 1) {
      decoding.takeRows(repeated([...inputIds.keys()], copies));
      rows = repeated(rows, copies).map((row) => row.slice());
    }
    if (outputLogits) output.logits!.push(rows.map((row) => row.slice()));
    const logits = streamer?.needsProbabilities ? rows[0]!.slice() : undefined;
    fresh = batch.map((index, row) => {
      const scores = rows[row]!;
      if (ended[index] && !outputScores) return padTokenId;
      for (const process of processors) process(scores, sequences[index]!);
      if (ended[index]) return padTokenId;
      return settings.doSample ? sampleToken(scores, random) : argmax(scores);
    });
    if (outputScores) output.scores!.push(rows);
    const tokens = sequences.map(() => padTokenId);
    for (const [row, index] of batch.entries()) tokens[index] = fresh[row]!;
    for (const [index, sequence] of sequences.entries()) {
      sequence.push(tokens[index]!);
      ended[index] ||= hasEnded(sequence);
    }
    onToken?.(tokens);
    streamer?.put(tokens, logits && [probabilityOf(logits, tokens[0]!)]);
    if (ended.every(Boolean)) break;
    const going = batch.flatMap((index, row) => (ended[index] ? [] : [row]));
    if (batch.length - going.length >= endedShare * batch.length && !outputScores && !outputLogits) {
      decoding.takeRows(going);
      batch = going.map((row) => batch[row]!);
      fresh = going.map((row) => fresh[row]!);
    }
    await nextTurn();
  }
  const cut = options.signal?.aborted ? "abort" : "length";
  streamer?.end(ended.every(Boolean) ? "stop" : cut);
  return output;
}

/** Everything that a call may ask for. */
async function run(
  model: CausalDecoder,
  inputIds: Rows,
  options: GenerateOptions | GenerateDictOptions,
): Promise<GenerateOutput> {
  checkPrompts(inputIds, options.attentionMask);
  const promptLength = inputIds[0]!.length;
  const plan = planGeneration(model, { prompts: inputIds.length, promptLength }, options);
  const decoding = new Decoding(model, promptLength);
  try {
    return await (plan.settings.numBeams > 1 ? beamSearch : tokenSearch)(decoding, { inputIds, plan });
  } finally {
    decoding.dispose();
  }
}

/**
 * The `generate` of a model: continues each prompt `[B, T]` (of one length, shorter ones padded on the left and masked)
 * until its end or the most new tokens; gives prompts and continuations, rows that end early filled with the padding
 * token, or with returnDictInGenerate the scores too.
 *
 * It throws ResidencyError E_SHAPE or E_CONFIG when the prompts or the options do not fit, and E_NUMERIC when no token
 * is left to choose.
 *
 * @example
 * const generate = generateWith(model);
 * const [continued] = await generate([[5, 6, 7]], { maxNewTokens: 2, minNewTokens: 2 });
 * continued?.length; // → 5
 */
export function generateWith(model: CausalDecoder): GenerateMethod {
  function generate(inputIds: Rows, options: GenerateDictOptions): Promise<GenerateOutput>;
  function generate(inputIds: Rows, options?: GenerateOptions): Promise<number[][]>;
  async function generate(
    inputIds: Rows,
    options: GenerateOptions | GenerateDictOptions = {},
  ): Promise<number[][] | GenerateOutput> {
    const output = await run(model, inputIds, options);
    return options.returnDictInGenerate ? output : output.sequences;
  }
  return generate;
}
