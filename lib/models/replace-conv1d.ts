/** GPT-2's layers in quantised models: as bitsandbytes has no form for them, Linear layers take their place. */
import { Conv1D, Linear, type Module } from "../nn/index.ts";
import { isPacked, type PackedWeight } from "../ops/index.ts";
import type { BitsAndBytesConfig } from "../quant/index.ts";

/** A tensor of a checkpoint in full. */
interface FullTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Puts a Linear, without values yet, in the place of each Conv1D that a config quantises, and returns the names of their
 * weights, which checkpoints in full have as `[in, out]` and quantised ones as `[out, in]`, as in transformers.
 *
 * @example
 * const gpt2 = new GPT2LMHeadModel({ model_type: "gpt2", vocab_size: 64, n_positions: 32, n_embd: 16, n_layer: 2, n_head: 2 });
 * replaceConv1D(gpt2, new BitsAndBytesConfig({ loadIn4bit: true })).size; // → 8
 */
export function replaceConv1D(model: Module, config: BitsAndBytesConfig): Set<string> {
  const replaced = new Set<string>();
  for (const [parentName, parent] of [...model.namedModules()]) {
    for (const [property, child] of [...parent.children()]) {
      const name = parentName === "" ? property : `${parentName}.${property}`;
      if (!(child instanceof Conv1D) || config.skips(name)) continue;
      const { inFeatures, outFeatures } = child;
      Object.assign(parent, { [property]: new Linear(inFeatures, outFeatures, { bias: true }) });
      replaced.add(`${name}.weight`);
    }
  }
  return replaced;
}

function transpose({ shape, values }: FullTensor): FullTensor {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j]!;
  }
  return { shape: [columns, rows], values: turned };
}

/** The tensors of a checkpoint, those in full that {@link replaceConv1D} has named as `[out, in]`. */
export function* transposed<T extends FullTensor>(
  tensors: Iterable<[string, T | PackedWeight]>,
  names: ReadonlySet<string>,
): Generator<[string, T | FullTensor | PackedWeight]> {
  for (const [name, tensor] of tensors) {
    const isTurned = names.has(name) && !isPacked(tensor) && tensor.shape.length === 2;
    yield [name, isTurned ? transpose(tensor) : tensor];
  }
}
