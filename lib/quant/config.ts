/** The settings of quantisation, with the names and defaults of transformers' BitsAndBytesConfig. */
import { ResidencyError } from "../errors.ts";
import { checkedBlockSize } from "./blockwise.ts";
import type { FourBitType } from "./codebook.ts";
import type { Packing } from "./pack-elements.ts";

/** Options of {@link BitsAndBytesConfig}. */
export interface BitsAndBytesConfigOptions {
  /** Linear layers in 4 bits a weight. */
  loadIn4bit?: boolean;
  /** Linear layers in 8 bits a weight. */
  loadIn8bit?: boolean;
  /** "fp4" when left out, as in transformers; "nf4" is what QLoRA uses. */
  bnb4bitQuantType?: FourBitType;
  /** Whether the scales are quantised too. */
  bnb4bitUseDoubleQuant?: boolean;
  /**
   * The type that bitsandbytes multiplies in. It is kept for the files; products here are always in float32, which
   * every other value only comes near to.
   */
  bnb4bitComputeDtype?: "float32" | "bfloat16" | "float16";
  /** Weights that share a scale; 64 when left out, as in transformers, which has no option for it. */
  bnb4bitBlockSize?: number;
  /**
   * Names of layers that stay as they are, whole names or their last parts. The head alone when left out; an empty
   * list quantises the head too, and a tied embedding with it.
   */
  llmInt8SkipModules?: readonly string[];
}

/**
 * How a model is quantised while it is loaded.
 *
 * @example
 * const quantizationConfig = new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf4" });
 * const model = await AutoModelForCausalLM.fromPretrained("assets/intern", { quantizationConfig });
 */
export class BitsAndBytesConfig {
  readonly loadIn4bit: boolean;
  readonly loadIn8bit: boolean;
  readonly bnb4bitQuantType: FourBitType;
  readonly bnb4bitUseDoubleQuant: boolean;
  readonly bnb4bitComputeDtype: "float32" | "bfloat16" | "float16";
  readonly bnb4bitBlockSize: number;
  readonly llmInt8SkipModules: readonly string[] | undefined;

  /** @throws ResidencyError E_CONFIG for a value that is not allowed, and unless exactly one of 4 and 8 bits is asked for. */
  constructor(options: BitsAndBytesConfigOptions) {
    const { loadIn4bit = false, loadIn8bit = false, bnb4bitQuantType = "fp4" } = options;
    if (loadIn4bit === loadIn8bit) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot quantise with loadIn4bit ${loadIn4bit} and loadIn8bit ${loadIn8bit}: exactly one must be true`,
      );
    }
    if (!["nf4", "fp4"].includes(bnb4bitQuantType)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot quantise with bnb4bitQuantType ${JSON.stringify(bnb4bitQuantType)}: it must be "nf4" or "fp4"`,
      );
    }
    this.loadIn4bit = loadIn4bit;
    this.loadIn8bit = loadIn8bit;
    this.bnb4bitQuantType = bnb4bitQuantType;
    this.bnb4bitUseDoubleQuant = options.bnb4bitUseDoubleQuant ?? false;
    this.bnb4bitComputeDtype = options.bnb4bitComputeDtype ?? "float32";
    this.bnb4bitBlockSize = checkedBlockSize(options.bnb4bitBlockSize ?? 64);
    this.llmInt8SkipModules = options.llmInt8SkipModules;
  }

  /** How each weight is packed. */
  get packing(): Packing {
    return this.loadIn8bit
      ? { format: "int8" }
      : {
          format: this.bnb4bitQuantType,
          blockSize: this.bnb4bitBlockSize,
          doubleQuant: this.bnb4bitUseDoubleQuant,
        };
  }

  /** Whether a layer of this name stays as it is; `head` is the name of the model's head. */
  skips(name: string, head = "lm_head"): boolean {
    return (this.llmInt8SkipModules ?? [head]).some(
      (skipped) => name === skipped || name.startsWith(`${skipped}.`) || name.endsWith(`.${skipped}`),
    );
  }

  /** The `quantization_config` of a config.json. */
  toJson(): Record<string, unknown> {
    return {
      _load_in_4bit: this.loadIn4bit,
      _load_in_8bit: this.loadIn8bit,
      bnb_4bit_compute_dtype: this.bnb4bitComputeDtype,
      bnb_4bit_quant_storage: "uint8",
      bnb_4bit_quant_type: this.bnb4bitQuantType,
      bnb_4bit_use_double_quant: this.bnb4bitUseDoubleQuant,
      llm_int8_enable_fp32_cpu_offload: false,
      llm_int8_has_fp16_weight: false,
      llm_int8_skip_modules: this.llmInt8SkipModules ?? null,
      llm_int8_threshold: 6,
      load_in_4bit: this.loadIn4bit,
      load_in_8bit: this.loadIn8bit,
      quant_method: "bitsandbytes",
    };
  }
}

/**
 * Reads the `quantization_config` of a config.json.
 *
 * @throws ResidencyError E_CHECKPOINT for a method other than bitsandbytes or a field of another type.
 * @example
 * const json = { quant_method: "bitsandbytes", load_in_4bit: true, bnb_4bit_quant_type: "nf4" };
 * fromQuantizationConfigJson(json).bnb4bitQuantType; // → "nf4"
 */
export function fromQuantizationConfigJson(json: Readonly<Record<string, unknown>>): BitsAndBytesConfig {
  const refuse = (field: string, allowed: string): never => {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot load the quantised model: "${field}" is ${JSON.stringify(json[field])}, and must be ${allowed}`,
    );
  };
  if (json["quant_method"] !== "bitsandbytes") refuse("quant_method", '"bitsandbytes"');
  const choice = <T extends string>(field: string, allowed: readonly T[]): T => {
    const value = json[field] ?? allowed[0];
    return allowed.find((one) => one === value) ?? refuse(field, allowed.join(", "));
  };
  const skipped = json["llm_int8_skip_modules"] ?? null;
  const isList = Array.isArray(skipped) && skipped.every((name): name is string => typeof name === "string");
  if (!isList && skipped !== null) return refuse("llm_int8_skip_modules", "a list of names or null");
  return new BitsAndBytesConfig({
    loadIn4bit: json["load_in_4bit"] === true,
    loadIn8bit: json["load_in_8bit"] === true,
    bnb4bitQuantType: choice("bnb_4bit_quant_type", ["fp4", "nf4"]),
    bnb4bitUseDoubleQuant: json["bnb_4bit_use_double_quant"] === true,
    bnb4bitComputeDtype: choice("bnb_4bit_compute_dtype", ["float32", "bfloat16", "float16"]),
    ...(skipped === null ? {} : { llmInt8SkipModules: skipped }),
  });
}
