/** The keys and values of tokens that were already read, so that generation reads each token once. */
import * as tf from "@tensorflow/tfjs-core";

/** Keys and values of one layer, `[B, S, kvHeads, headDim]` each. */
export interface LayerCache {
  key: tf.Tensor4D;
  value: tf.Tensor4D;
}

/** A cache for every layer of a model. */
export class KeyValueCache {
  readonly #layers: (LayerCache | undefined)[] = [];

  /** The number of tokens in the cache. */
  get length(): number {
    return this.#layers[0]?.key.shape[1] ?? 0;
  }

  /** Adds new keys and values `[B, T, kvHeads, headDim]` of one layer and gives all there are, `[B, S + T, …]`. */
  append(layer: number, key: tf.Tensor4D, value: tf.Tensor4D): LayerCache {
    const past = this.#layers[layer];
    // A clone shares its memory; the cache must own its tensors, whoever disposes of the caller's.
    const next = past
      ? { key: tf.concat([past.key, key], 1), value: tf.concat([past.value, value], 1) }
      : { key: tf.clone(key), value: tf.clone(value) };
    tf.keep(next.key);
    tf.keep(next.value);
    past?.key.dispose();
    past?.value.dispose();
    this.#layers[layer] = next;
    return next;
  }

  /** Keeps only some rows of the batch, in the order given. */
  selectRows(rows: readonly number[]): void {
    const indices = tf.tensor1d([...rows], "int32");
    for (const [layer, past] of this.#layers.entries()) {
      if (!past) continue;
      this.#layers[layer] = {
        key: tf.keep(tf.gather(past.key, indices)),
        value: tf.keep(tf.gather(past.value, indices)),
      };
      past.key.dispose();
      past.value.dispose();
    }
    indices.dispose();
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const layer of this.#layers) {
      layer?.key.dispose();
      layer?.value.dispose();
    }
    this.#layers.length = 0;
  }
}
