/** The job that the exported Python script runs: a run's settings under the names of transformers and TRL. */
import { ResidencyError } from "../../errors.ts";
import type { BitsAndBytesConfig } from "../../quant/index.ts";
import type { SFTConfig } from "../../train/index.ts";
import type { RunConfig } from "../run-config.ts";

/** In which numbers the script computes: "no" is float32 throughout, as here. */
export const mixedPrecisions = ["no", "bf16", "fp16"] as const;

/** The name of a precision, as accelerate has it. */
export type MixedPrecision = (typeof mixedPrecisions)[number];

/** What stands in job.json. */
export interface AccelerateJob {
  model: string;
  tokenizer: string;
  data: { train: string; eval?: string };
  /** The folder of the adapter that the run starts from; null when all weights train. */
  adapter: string | null;
  /** The type that the base model is loaded in. */
  dtype: "float32" | "bfloat16" | "float16";
  quantization: Record<string, unknown> | null;
  /** Arguments of TRL's SFTConfig. */
  training: Record<string, unknown>;
  /** The most tokens of a row; null for no limit. */
  maxLength: number | null;
  outputDir: string;
}

/** The name of the chat template in the exported folder. */
export const chatTemplateFile = "chat_template.jinja";

/** `adamBeta1` -> `adam_beta1` */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Settings that have no argument of their own name there. */
function renamed(args: SFTConfig<string>): Record<string, unknown> {
  const { warmupSteps, warmupRatio, maxSteps, evalSteps, evalStrategy, loraplusLrRatio, neftuneNoiseAlpha } =
    args;
  if ((args.packing || args.evalPacking) && args.packingStrategy === "wrapped") {
    throw new ResidencyError(
      "E_CONFIG",
      'Cannot export packingStrategy "wrapped": TRL lets the texts of a row see each other there; choose "bfd" or "bfd_split"',
    );
  }
  const schedule = Object.entries(args.lrSchedulerKwargs ?? {});
  if (loraplusLrRatio !== 1) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot export loraplusLrRatio ${loraplusLrRatio}: TRL's trainer has one learning rate for all of an adapter`,
    );
  }
  return {
    ...(schedule.length > 0 && {
      lr_scheduler_kwargs: Object.fromEntries(schedule.map(([name, value]) => [snakeCase(name), value])),
    }),
    // "chunked_nll" is the same loss, and TRL refuses it where an adapter is on the head.
    loss_type: args.lossType === "dft" ? "dft" : "nll",
    ...(neftuneNoiseAlpha > 0 && { neftune_noise_alpha: neftuneNoiseAlpha }),
    // Rows are cut before TRL has them, and without padding it does not take a length.
    max_length: args.paddingFree && !args.packing ? null : args.maxLength,
    ...(args.chatTemplatePath !== undefined && { chat_template_path: chatTemplateFile }),
    // One argument says both: from 1 on it counts steps, below it is a share, rounded up as here.
    warmup_steps: warmupSteps > 0 ? warmupSteps : Math.min(warmupRatio, 1 - 1e-9),
    max_steps: maxSteps > 0 ? maxSteps : -1,
    eval_strategy: evalStrategy,
    ...(evalSteps > 0 && { eval_steps: evalSteps }),
  };
}

const handled: ReadonlySet<string> = new Set([
  "warmupSteps",
  "warmupRatio",
  "maxSteps",
  "evalSteps",
  "outputDir",
  "loraplusLrRatio",
  "neftuneNoiseAlpha",
  "lrSchedulerKwargs",
  "maxLength",
  "chatTemplatePath",
  "lossType",
  "evalStrategy",
  // Where a run keeps its checkpoints and logs is its own matter there: the script saves the adapter at its end.
  "evalLossWeighting",
  "silenceWarnings",
  "loggingDir",
  "reportTo",
  "overwriteOutputDir",
  "saveStrategy",
  "saveSteps",
  "saveTotalLimit",
  "saveOnlyModel",
  "loadBestModelAtEnd",
  "metricForBestModel",
  "greaterIsBetter",
]);

/** Arguments that TRL has otherwise when they are left out, where that would be another run. */
function pinned(precision: MixedPrecision): Record<string, unknown> {
  return {
    optim: "adamw_torch",
    save_strategy: "no",
    bf16: precision === "bf16",
    fp16: precision === "fp16",
    gradient_checkpointing_kwargs: { use_reentrant: false },
    average_tokens_across_devices: true,
  };
}

/** The settings of a run as arguments of TRL's SFTConfig. */
export function sftArguments(args: SFTConfig<string>, precision: MixedPrecision): Record<string, unknown> {
  const own = Object.entries(args)
    .filter(([name, value]) => value !== undefined && !handled.has(name))
    .map(([name, value]): [string, unknown] => [snakeCase(name), value]);
  return { ...pinned(precision), ...Object.fromEntries(own), ...renamed(args) };
}

/** A quantisation as arguments of transformers' BitsAndBytesConfig. */
function quantizationArguments(config: BitsAndBytesConfig): Record<string, unknown> {
  if (config.bnb4bitBlockSize !== 64) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot export bnb4bitBlockSize ${config.bnb4bitBlockSize}: transformers has blocks of 64 only`,
    );
  }
  return {
    load_in_4bit: config.loadIn4bit,
    load_in_8bit: config.loadIn8bit,
    bnb_4bit_quant_type: config.bnb4bitQuantType,
    bnb_4bit_use_double_quant: config.bnb4bitUseDoubleQuant,
    bnb_4bit_compute_dtype: config.bnb4bitComputeDtype,
    ...(config.llmInt8SkipModules && { llm_int8_skip_modules: [...config.llmInt8SkipModules] }),
  };
}

const dtypes = { no: "float32", bf16: "bfloat16", fp16: "float16" } as const;

/**
 * The job of a run, with the names that its files have in the exported folder.
 *
 * @throws ResidencyError E_CONFIG for settings that the Python libraries do not have.
 */
export function accelerateJob(
  run: RunConfig,
  files: Pick<AccelerateJob, "model" | "tokenizer" | "data" | "adapter">,
  precision: MixedPrecision,
): AccelerateJob {
  return {
    ...files,
    // Weights that train are kept in float32, as mixed precision wants them; frozen ones may be smaller.
    dtype: run.lora ? dtypes[precision] : "float32",
    quantization: run.quantization ? quantizationArguments(run.quantization) : null,
    training: sftArguments(run.training, precision),
    maxLength: run.training.maxLength,
    outputDir: "output",
  };
}
