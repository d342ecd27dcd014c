/** Supervised fine-tuning on prompts and completions, with the loss on the completion only. */
import type { TokenizedRow } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import { countTrainedTokens, ignoreIndex } from "../labels.ts";
import { TrainingArguments, type TrainingArgumentsOptions } from "./arguments.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";

/** What SFT needs of a tokenizer. */
export interface SFTTokenizer {
  encode(text: string, options?: { addSpecialTokens?: boolean }): number[];
  readonly eosTokenId: number | undefined;
  readonly padTokenId: number | undefined;
}

/** A row of SFT data: a prompt and what should follow it, or a whole text. */
export type SFTRow = { prompt: string; completion: string } | { text: string };

/** Options of {@link SFTConfig}. */
export interface SFTConfigOptions extends TrainingArgumentsOptions {
  /** Longer rows are cut at the end; 1024 when left out. */
  maxLength?: number;
  /** Whether prompts get no loss; true when left out. */
  completionOnlyLoss?: boolean;
}

/**
 * The settings of supervised fine-tuning; the learning rate is 2e-5 when left out, as in TRL.
 *
 * @example
 * const args = new SFTConfig({ maxSteps: 100, perDeviceTrainBatchSize: 4, maxLength: 512 });
 * args.learningRate; // → 2e-5
 */
export class SFTConfig extends TrainingArguments {
  readonly maxLength: number;
  readonly completionOnlyLoss: boolean;

  constructor(options: SFTConfigOptions = {}) {
    super({ learningRate: 2e-5, ...options });
    this.maxLength = options.maxLength ?? 1024;
    this.completionOnlyLoss = options.completionOnlyLoss ?? true;
    if (!(Number.isInteger(this.maxLength) && this.maxLength >= 2)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot train with maxLength ${this.maxLength}: it must be a whole number of at least 2`,
      );
    }
  }
}

/**
 * Tokenizes one row: prompt and completion apart, so that the prompt's tokens are the same in training as when the
 * model is asked, and an end-of-text token behind, so that the model learns to stop.
 *
 * @example
 * const { inputIds, labels } = tokenizeSFTRow({ prompt: "PNA?", completion: " Pneumonia." }, tokenizer, {
 *   maxLength: 64,
 *   completionOnlyLoss: true,
 * });
 * labels[0]; // → -100
 */
export function tokenizeSFTRow(
  row: SFTRow,
  tokenizer: SFTTokenizer,
  { maxLength, completionOnlyLoss }: Pick<SFTConfig, "maxLength" | "completionOnlyLoss">,
): TokenizedRow {
  const end = tokenizer.eosTokenId;
  if (end === undefined) {
    throw new ResidencyError(
      "E_TOKENIZER",
      "Cannot tokenize for SFT: the tokenizer names no end-of-text token",
    );
  }
  const prompt = "prompt" in row ? tokenizer.encode(row.prompt) : [];
  const completion =
    "prompt" in row
      ? tokenizer.encode(row.completion, { addSpecialTokens: false })
      : tokenizer.encode(row.text);
  const inputIds = [...prompt, ...completion, end];
  const labels = completionOnlyLoss
    ? inputIds.map((id, at) => (at < prompt.length ? ignoreIndex : id))
    : inputIds;
  return { inputIds: inputIds.slice(0, maxLength), labels: labels.slice(0, maxLength) };
}

/** What an SFT trainer is made of. */
export interface SFTTrainerOptions extends Omit<
  TrainerOptions,
  "args" | "trainDataset" | "evalDataset" | "padTokenId"
> {
  tokenizer: SFTTokenizer;
  args: SFTConfig;
  trainDataset: Iterable<SFTRow>;
  evalDataset?: Iterable<SFTRow>;
}

/**
 * Trains on prompts and completions.
 *
 * @example
 * const trainer = new SFTTrainer({ model: peft, tokenizer, trainDataset: rows, args: new SFTConfig({ maxSteps: 100 }) });
 * await trainer.train();
 */
export class SFTTrainer extends Trainer {
  /** How many training rows were left out because their completion lies behind maxLength. */
  readonly droppedRows: number;

  constructor({ tokenizer, trainDataset, evalDataset, ...options }: SFTTrainerOptions) {
    const tokenize = (rows: Iterable<SFTRow>): TokenizedRow[] =>
      [...rows].map((row) => tokenizeSFTRow(row, tokenizer, options.args));
    const all = tokenize(trainDataset);
    const usable = all.filter((row) => countTrainedTokens(row.labels) > 0);
    super({
      ...options,
      trainDataset: usable,
      ...(evalDataset ? { evalDataset: tokenize(evalDataset) } : {}),
      padTokenId: tokenizer.padTokenId ?? tokenizer.eosTokenId ?? 0,
    });
    this.droppedRows = all.length - usable.length;
  }
}
