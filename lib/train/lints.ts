/** Looks for mistakes that train without an error: before the first step in the rows, after it in the gradients. */
import type * as tf from "@tensorflow/tfjs-core";
import { ignoreIndex } from "../labels.ts";
import { globalNorm } from "../optim/index.ts";
import { readScalars } from "./metrics.ts";
import type { TrainingWarning } from "./warnings.ts";

/** The tokens of a row and which of them are trained. */
export interface LabelledRow {
  inputIds: readonly number[];
  labels: readonly number[];
  attentionMask?: readonly number[] | undefined;
}

/** Special tokens, as far as they are known. */
export interface SpecialTokens {
  eosTokenIds: readonly number[];
  padTokenId?: number | undefined;
}

const share = (count: number, total: number): string => `${count} of ${total} rows`;

/** How {@link lintEnds} judges. */
export interface LintEndsOptions {
  /** Whether rows should teach the model to end even where none has an end-of-text token. */
  needsEnd: boolean;
  /** Where the token that ends a turn can be named; "by eosToken" when left out. */
  nameEnd?: string;
}

/** Whether rows teach the model to end. The labels are those behind the collator. */
export function lintEnds(
  rows: Iterable<LabelledRow>,
  { eosTokenIds, padTokenId }: SpecialTokens,
  { needsEnd, nameEnd = "by eosToken" }: LintEndsOptions,
): TrainingWarning[] {
  if (eosTokenIds.length === 0) return [];
  let hasEnd = false;
  for (const { inputIds, labels, attentionMask } of rows) {
    // Nothing predicts the first token of a row, and the same token may mean its beginning.
    if (inputIds.some((id, at) => at > 0 && labels[at] !== ignoreIndex && eosTokenIds.includes(id)))
      return [];
    const last = attentionMask ? attentionMask.lastIndexOf(1) : inputIds.length - 1;
    if (last > 0 && eosTokenIds.includes(inputIds[last]!)) hasEnd = true;
  }
  if (hasEnd && padTokenId !== undefined && eosTokenIds.includes(padTokenId)) {
    return [
      {
        code: "W_PAD_IS_EOS",
        message:
          `the pad token ${padTokenId} is the end-of-text token too, and is masked in every row, so that the model never learns ` +
          "to stop; pad with another token, or with a collator that keeps the labels of the rows",
      },
    ];
  }
  if (!hasEnd && !needsEnd) return [];
  const where = hasEnd ? "is masked in every row" : "ends no row";
  return [
    {
      code: "W_NO_EOS",
      message:
        `the end-of-text token (${eosTokenIds.join(", ")}) ${where}, so that the model does not learn to stop; end each text with ` +
        `it, or name the token that ends a turn of the chat template ${nameEnd}`,
    },
  ];
}

/** What became of rows on their way to the trainer. */
export interface RowCounts {
  given: number;
  /** Longer than allowed, so that an end was cut. */
  cut: number;
  /** Without a token to train on. */
  dropped: number;
  /** With a token that reaches over the border of prompt and completion. */
  mismatched: number;
  /** With two tokens of beginning: one of the chat template and one of the tokenizer. */
  doubledBos: number;
}

/** Nothing of rows yet. */
export const noRows = (): RowCounts => ({ given: 0, cut: 0, dropped: 0, mismatched: 0, doubledBos: 0 });

/** Whether a row begins with two tokens of beginning. */
export const doublesBos = ([first, second]: readonly number[], bosTokenId: number | undefined): boolean =>
  bosTokenId !== undefined && first === bosTokenId && second === bosTokenId;

/** Rows that are cut, left out, or not tokenized as they would be when the model is asked. */
export function lintCounts(
  { given, cut, dropped, mismatched, doubledBos }: RowCounts,
  maxLength: number | null = null,
): TrainingWarning[] {
  const found: TrainingWarning[] = [];
  if (cut > 0) {
    const message = `${share(cut, given)} are longer than maxLength ${maxLength} and are cut to it; raise maxLength, or leave such rows out`;
    found.push({ code: "W_ROWS_CUT", message });
  }
  if (dropped > 0) {
    const message =
      `${share(dropped, given)} have no token to train on${maxLength === null ? "" : ` within maxLength ${maxLength}`} and are ` +
      "passed over; look at their labels, or raise maxLength";
    found.push({ code: "W_ROWS_DROPPED", message });
  }
  if (mismatched > 0) {
    const message =
      `${share(mismatched, given)} have a token that reaches over the border of prompt and completion, so that the two are tokenized ` +
      "apart; put the space or line break between them at the beginning of the completion";
    found.push({ code: "W_PROMPT_BORDER", message });
  }
  if (doubledBos > 0) {
    const message =
      `${share(doubledBos, given)} begin with the token of beginning twice, which the model has never seen; take it out of the ` +
      "texts or of the chat template, since the tokenizer adds it";
    found.push({ code: "W_DOUBLE_BOS", message });
  }
  return found;
}

/** From how many rows on a step of one row is called small. */
const manyRows = 100;

/** Whether the rows of one optimiser step are too many, or very few, for the data. */
export function lintBatch(
  rows: number,
  {
    perDeviceTrainBatchSize,
    gradientAccumulationSteps,
  }: { perDeviceTrainBatchSize: number; gradientAccumulationSteps: number },
): TrainingWarning[] {
  const batch = perDeviceTrainBatchSize * gradientAccumulationSteps;
  const made = `perDeviceTrainBatchSize ${perDeviceTrainBatchSize} x gradientAccumulationSteps ${gradientAccumulationSteps}`;
  if (batch > rows) {
    const message = `an optimiser step takes ${batch} rows (${made}) and there are ${rows}, so that an epoch is one step; lower one of them`;
    return [{ code: "W_LARGE_BATCH", message }];
  }
  if (batch === 1 && rows >= manyRows) {
    const message = `an optimiser step follows a single row of ${rows} (${made}), which is noisy; raise gradientAccumulationSteps`;
    return [{ code: "W_SMALL_BATCH", message }];
  }
  return [];
}

/** The module that a parameter's adapter belongs to; LoRA's first matrix has no gradient while the second is zero. */
const ownerOf = (name: string): string => name.replace(/\.lora_.*$/, "");

/** Which of the parameters that are to be trained the loss does not depend on. */
export async function lintGradients(
  parameters: Iterable<string>,
  gradients: ReadonlyMap<string, tf.Tensor>,
): Promise<TrainingWarning[]> {
  const names = [...gradients.keys()];
  const norms = await readScalars([...gradients.values()].map((gradient) => globalNorm([gradient])));
  const moved = new Set(names.filter((_, index) => norms[index] !== 0).map(ownerOf));
  const still = [...new Set([...parameters].map(ownerOf))].filter((owner) => !moved.has(owner));
  if (still.length === 0) return [];
  const shown = still.slice(0, 3).join(", ");
  return [
    {
      code: "W_NO_GRADIENT",
      message:
        `the loss of the first step does not depend on ${shown}${still.length > 3 ? ` and ${still.length - 3} more` : ""}, which ` +
        "therefore do not learn; freeze them, or find out what cuts them off",
    },
  ];
}
