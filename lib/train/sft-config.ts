/** The settings of supervised fine-tuning, with the names of TRL 1.13's SFTConfig and, where that says so, its defaults. */
import { packingStrategies, type PackingStrategy } from "../data/index.ts";
import type { SchedulerChoice } from "../optim/index.ts";
import { TrainingArguments, type TrainingSettings } from "./arguments.ts";
import { checkChoice, refuseSetting } from "./settings.ts";
import { truncationModes, type TruncationMode } from "./preference-rows.ts";

/**
 * The losses of SFT by TRL's names: the negative log-likelihood, which is never taken of the whole logits here, so that "chunked_nll"
 * and "nll" are the same; and Dynamic Fine-Tuning, in which each token's loss is weighted by its probability.
 */
export const sftLossTypes = ["chunked_nll", "nll", "dft"] as const;

/** The name of a loss of SFT. */
export type SFTLossType = (typeof sftLossTypes)[number];

/** The options of {@link SFTConfig} but for the schedule. */
export interface SFTSettings<TextField extends string = "text"> extends TrainingSettings {
  /** The most tokens of a row, and those of a packed row; 1024 when left out, null for no limit. */
  maxLength?: number | null;
  /** Which end of a row that is too long stays; "keep_start" when left out. */
  truncationMode?: TruncationMode;
  /** Whether prompts get no loss; when left out, rows of prompt and completion alone have prompts without one. */
  completionOnlyLoss?: boolean;
  /** Whether only what the assistant says in a conversation gets a loss. */
  assistantOnlyLoss?: boolean;
  /** Whether several rows share one of maxLength tokens, in which none sees another. */
  packing?: boolean;
  /** How rows are packed: "bfd" (when left out) cuts those that are too long, "bfd_split" and "wrapped" go on in another row. */
  packingStrategy?: PackingStrategy;
  /** Whether evaluation rows are packed; as `packing` when left out. */
  evalPacking?: boolean;
  /** Whether the rows of a batch follow each other in one, without padding. */
  paddingFree?: boolean;
  /** Makes the length of each batch a multiple of this. */
  padToMultipleOf?: number;
  /** The field of a row that holds its text; "text" when left out. */
  datasetTextField?: TextField;
  /** The token that ends each text and completion; the tokenizer's own when left out. */
  eosToken?: string;
  /** The file of a chat template, or the folder of a tokenizer that has one, in place of the tokenizer's own. */
  chatTemplatePath?: string;
  /** Whether rows are shuffled by the seed before they are packed. */
  shuffleDataset?: boolean;
  /** The loss; "chunked_nll" when left out. */
  lossType?: SFTLossType;
}

/** Options of {@link SFTConfig}. */
export type SFTConfigOptions<TextField extends string = "text"> = SFTSettings<TextField> & SchedulerChoice;

/**
 * The settings of supervised fine-tuning. The defaults are those of TRL: learningRate 2e-5, loggingSteps 10, maxLength 1024. Two of
 * TRL's are left out on purpose: gradientCheckpointing stays false, since it costs a third more work and the models that are trained
 * here fit without it; and there is no bf16, since weights are trained in float32.
 *
 * @example
 * const args = new SFTConfig({ maxLength: 512, packing: true, learningRate: 1e-4, lrSchedulerType: "cosine" });
 */
export class SFTConfig<TextField extends string = "text"> extends TrainingArguments {
  readonly maxLength: number | null;
  readonly truncationMode: TruncationMode;
  readonly completionOnlyLoss: boolean | undefined;
  readonly assistantOnlyLoss: boolean;
  readonly packing: boolean;
  readonly packingStrategy: PackingStrategy;
  readonly evalPacking: boolean;
  readonly paddingFree: boolean;
  readonly padToMultipleOf: number | undefined;
  readonly datasetTextField: TextField;
  readonly eosToken: string | undefined;
  readonly chatTemplatePath: string | undefined;
  readonly shuffleDataset: boolean;
  readonly lossType: SFTLossType;

  /** @throws ResidencyError E_CONFIG for a value outside its range, and for settings that contradict each other. */
  constructor(options: SFTConfigOptions<TextField> = {}) {
    super({ learningRate: 2e-5, loggingSteps: 10, ...options });
    this.maxLength = options.maxLength === undefined ? 1024 : options.maxLength;
    this.truncationMode = options.truncationMode ?? "keep_start";
    this.completionOnlyLoss = options.completionOnlyLoss;
    this.assistantOnlyLoss = options.assistantOnlyLoss ?? false;
    this.packing = options.packing ?? false;
    this.packingStrategy = options.packingStrategy ?? "bfd";
    this.evalPacking = options.evalPacking ?? this.packing;
    this.paddingFree = options.paddingFree ?? false;
    this.padToMultipleOf = options.padToMultipleOf;
    // The default of the type parameter is the default of the value.
    this.datasetTextField = options.datasetTextField ?? ("text" as TextField);
    this.eosToken = options.eosToken;
    this.chatTemplatePath = options.chatTemplatePath;
    this.shuffleDataset = options.shuffleDataset ?? false;
    this.lossType = options.lossType ?? "chunked_nll";
    const { maxLength, padToMultipleOf } = this;
    if (maxLength !== null && !(Number.isInteger(maxLength) && maxLength >= 2))
      refuseSetting("maxLength", maxLength, "a whole number of at least 2, or null for no limit");
    if (padToMultipleOf !== undefined && !(Number.isInteger(padToMultipleOf) && padToMultipleOf >= 1))
      refuseSetting("padToMultipleOf", padToMultipleOf, "a whole number of at least 1");
    checkChoice("truncationMode", this.truncationMode, truncationModes);
    checkChoice("packingStrategy", this.packingStrategy, packingStrategies);
    checkChoice("lossType", this.lossType, sftLossTypes);
    if (this.lossType === "dft" && this.labelSmoothingFactor > 0)
      refuseSetting("labelSmoothingFactor", this.labelSmoothingFactor, 'a 0 with lossType "dft"');
    if ((this.packing || this.evalPacking) && maxLength === null)
      refuseSetting("maxLength", maxLength, "a number of tokens where rows are packed");
    if (this.datasetTextField === "") refuseSetting("datasetTextField", '""', "the name of a field");
  }
}
