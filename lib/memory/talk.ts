/** The memory table of the talk "Fine-tuning a clinical domain LLM": 2x + 2x + 2x to 12x = 6x to 16x GB. */
import { ResidencyError } from "../errors.ts";
import { countParameters } from "./architecture.ts";
import type { ConfigSource } from "./model-config.ts";
import { readArchitecture } from "./read-architecture.ts";

/** A line of the table, in bytes: the least and the most. */
export interface TalkMemoryRow {
  what: "model parameter" | "gradient state" | "optimizer state" | "total";
  /** Bytes a parameter. */
  bytesPerParameter: readonly [number, number];
  bytes: readonly [number, number];
}

/**
 * The talk's table for a number of parameters, or for a model: 2 bytes a parameter in half precision, as many for its
 * gradient, 2 (two 8-bit moments) to 12 (a float32 copy and two float32 moments) for the optimiser. Activations ("+ alpha")
 * are left out.
 *
 * @throws ResidencyError E_CONFIG when the number is not above 0; E_CHECKPOINT for a config that cannot be read.
 * @example
 * talkMemoryTable(2.7e9).at(-1)!.bytes[0]; // → 16_200_000_000
 */
export function talkMemoryTable(parametersOrModel: number | ConfigSource): TalkMemoryRow[] {
  const parameters =
    typeof parametersOrModel === "number"
      ? parametersOrModel
      : countParameters(readArchitecture(parametersOrModel));
  if (!(parameters > 0 && Number.isFinite(parameters))) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot size a model of ${parameters} parameters: give a number above 0`,
    );
  }
  const row = (what: TalkMemoryRow["what"], least: number, most: number): TalkMemoryRow => ({
    what,
    bytesPerParameter: [least, most],
    bytes: [least * parameters, most * parameters],
  });
  return [
    row("model parameter", 2, 2),
    row("gradient state", 2, 2),
    row("optimizer state", 2, 12),
    row("total", 6, 16),
  ];
}
