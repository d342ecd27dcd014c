/** The names of a checkpoint's tensors as the model has them. */
import type { GenerationConfig } from "../generate/index.ts";
import type { Module } from "../nn/index.ts";
import type { ConfigJson } from "./config.ts";

/** A model that is made of a checkpoint. */
export interface CheckpointModel extends Module {
  /** The name under which the decoder stands in checkpoints, such as "model". */
  readonly baseModelPrefix: string;
  readonly configJson: ConfigJson;
  /** The defaults of `generate`. */
  generationConfig: GenerationConfig | undefined;
  /** Where the checkpoint lies; set by what loads it. */
  nameOrPath: string;
}

const firstPart = (name: string): string => name.split(".", 1)[0]!;

/**
 * The tensors of a checkpoint of the decoder alone, such as the original GPT-2 (`h.0.ln_1.weight`), under their names in a
 * model with a head (`transformer.h.0.ln_1.weight`); other names stay.
 */
export function* withDecoderPrefix<T>(
  tensors: Iterable<[string, T]>,
  model: CheckpointModel,
): Generator<[string, T]> {
  const prefix = model.baseModelPrefix;
  const decoder = new Map(model.namedModules()).get(prefix);
  const parts = new Set([...(decoder?.children() ?? [])].map(([name]) => firstPart(name)));
  for (const [name, tensor] of tensors) {
    yield [parts.has(firstPart(name)) ? `${prefix}.${name}` : name, tensor];
  }
}
