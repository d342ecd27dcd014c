/** The keys and values of tokens that were already read, so that generation reads each token once. */
import * as tf from "@tensorflow/tfjs-core";
import { appendInPlace, canAppendInPlace } from "../ops/index.ts";

/** Keys and values of one layer, `[B, capacity, kvHeads, headDim]` each, of which the first `length` are filled. */
export interface LayerCache {
  key: tf.Tensor4D;
  value: tf.Tensor4D;
  length: number;
}

/** Positions by which a cache that is filled in place grows at least. */
const leastGrowth = 64;

/** A cache of the same content with room for `capacity` positions; the old tensor is given back. */
function enlarge(old: tf.Tensor4D, capacity: number): tf.Tensor4D {
  const [batch, filled, heads, width] = old.shape;
  const room = tf.zeros([batch, capacity - filled, heads, width]);
  const larger = tf.keep(tf.concat([old, room], 1));
  tf.dispose([old, room]);
  return larger as tf.Tensor4D;
}

/**
 * A cache for every layer of a model.
 *
 * @example
 * const cache = new KeyValueCache();
 * cache.append(0, tf.ones([1, 3, 2, 4]), tf.ones([1, 3, 2, 4]));
 * cache.length; // → 3
 * cache.dispose();
 */
export class KeyValueCache {
  readonly #layers: (LayerCache | undefined)[] = [];

  /** The number of tokens in the cache. */
  get length(): number {
    return this.#layers[0]?.length ?? 0;
  }

  /**
   * Adds new keys and values `[B, T, kvHeads, headDim]` of one layer and gives all there are, `[B, capacity, …]`. Where
   * the backend can, they are written behind those in the cache; elsewhere the capacity is always what is filled.
   */
  append(layer: number, key: tf.Tensor4D, value: tf.Tensor4D): LayerCache {
    const past = this.#layers[layer];
    const length = (past?.length ?? 0) + key.shape[1];
    if (!past) {
      // A clone shares its memory; the cache must own its tensors, whoever disposes of the caller's.
      this.#layers[layer] = { key: tf.keep(tf.clone(key)), value: tf.keep(tf.clone(value)), length };
    } else if (canAppendInPlace()) {
      if (length > past.key.shape[1]) {
        const capacity = length + Math.max(leastGrowth, length >> 1);
        past.key = enlarge(past.key, capacity);
        past.value = enlarge(past.value, capacity);
      }
      appendInPlace(past.key, key, past.length);
      appendInPlace(past.value, value, past.length);
      past.length = length;
    } else {
      const next = {
        key: tf.keep(tf.concat([past.key, key], 1)),
        value: tf.keep(tf.concat([past.value, value], 1)),
        length,
      };
      tf.dispose([past.key, past.value]);
      this.#layers[layer] = next;
    }
    return this.#layers[layer]!;
  }

  /** Keeps only some rows of the batch, in the order given. */
  selectRows(rows: readonly number[]): void {
    const indices = tf.tensor1d([...rows], "int32");
    for (const [layer, past] of this.#layers.entries()) {
      if (!past) continue;
      this.#layers[layer] = {
        key: tf.keep(tf.gather(past.key, indices)),
        value: tf.keep(tf.gather(past.value, indices)),
        length: past.length,
      };
      past.key.dispose();
      past.value.dispose();
    }
    indices.dispose();
  }

  /**
   * Puts row `rows[i]` in the place of row i, for as many rows as there are. Positions before `from` are alike in both
   * rows, so that they need not be moved.
   */
  reorderRows(rows: readonly number[], from: number): void {
    if (!canAppendInPlace()) {
      this.selectRows(rows);
      return;
    }
    const indices = tf.tensor1d([...rows], "int32");
    for (const past of this.#layers) {
      if (!past || past.length <= from) continue;
      for (const whole of [past.key, past.value]) {
        const [batch, , heads, width] = whole.shape;
        const moved = tf.tidy(() =>
          tf.gather(tf.slice(whole, [0, from, 0, 0], [batch, past.length - from, heads, width]), indices),
        );
        appendInPlace(whole, moved, from);
        moved.dispose();
      }
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
