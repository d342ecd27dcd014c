/** "Can you run it? LLM version" (the space Vokturz/can-it-run-llm), which the talk shows, reproduced. */
import { ResidencyError } from "../errors.ts";
import { float32Bytes, type AccelerateDtype } from "./accelerate.ts";
import { countParameters } from "./architecture.ts";
import type { ConfigSource } from "./model-config.ts";
import { readArchitecture } from "./read-architecture.ts";

/** A column of the space's table, in its GB, which are 1024³ bytes. */
export interface CanItRunLlmEstimate {
  dtype: AccelerateDtype | "bfloat16";
  total: number;
  inference: number;
  trainingWithAdam: number;
  lora: number;
}

const divisors: Readonly<Record<CanItRunLlmEstimate["dtype"], number>> = {
  float32: 1,
  float16: 2,
  bfloat16: 2,
  int8: 4,
  int4: 8,
};

/**
 * The space's figures: T = float32 bytes / divisor / 1024³; inference 1.2 T; training with Adam 4 T; LoRA
 * `1.2 (T + P · percent/100 · 16/8 · 4)` with P the parameters in units of 10⁹, as its code has it. The formula that its
 * page prints (`variant: "latex"`) takes the 1.2 of the second term alone.
 *
 * @throws ResidencyError E_CONFIG for a percentage outside 0 to 100; E_CHECKPOINT for a config that cannot be read.
 * @example
 * canItRunLlm(config, { dtype: "int8" }).dtype; // → "int8"
 */
export function canItRunLlm(
  source: ConfigSource,
  {
    dtype = "float16",
    trainablePercent = 2,
    variant = "code",
  }: {
    dtype?: CanItRunLlmEstimate["dtype"];
    /** Share of parameters that LoRA trains; the space's slider starts at 2. */
    trainablePercent?: number;
    variant?: "code" | "latex";
  } = {},
): CanItRunLlmEstimate {
  if (!(trainablePercent >= 0 && trainablePercent <= 100)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot estimate LoRA of ${trainablePercent} percent: trainablePercent must be from 0 to 100`,
    );
  }
  const architecture = readArchitecture(source);
  const total = float32Bytes(architecture) / divisors[dtype] / 1024 ** 3;
  const billions = countParameters(architecture) / 1e9;
  const trained = ((billions * trainablePercent) / 100) * (16 / 8) * 4;
  return {
    dtype,
    total,
    inference: 1.2 * total,
    trainingWithAdam: 4 * total,
    lora: variant === "code" ? 1.2 * (total + trained) : total + 1.2 * trained,
  };
}

/**
 * How many GPUs of `gigabytes` the space asks for: the figure over the GPU's memory, rounded up.
 *
 * @example
 * canItRunLlmGpus(33.5, 16); // → 3
 */
export function canItRunLlmGpus(figure: number, gigabytes: number): number {
  return Math.ceil(figure / gigabytes);
}
