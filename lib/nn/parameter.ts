/** A named tensor of a model: its shape is known from the start, its values once they are loaded or drawn. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";

/** A tensor of a model. Until {@link Parameter.assign} it takes no memory ("meta" device in PyTorch's words). */
export class Parameter {
  readonly shape: readonly number[];
  /** Whether training changes it. */
  requiresGrad = true;
  #value: tf.Tensor | undefined;
  #transposed: tf.Tensor2D | undefined;

  constructor(shape: readonly number[]) {
    this.shape = shape;
  }

  /** The number of elements. */
  get size(): number {
    return this.shape.reduce((size, extent) => size * extent, 1);
  }

  /**
   * The values, `shape`.
   *
   * @throws ResidencyError E_CHECKPOINT while none were assigned.
   */
  get value(): tf.Tensor {
    if (!this.#value) {
      throw new ResidencyError(
        "E_CHECKPOINT",
        `Cannot use a parameter of shape [${this.shape.join(", ")}] that has no values: load or initialise the model first`,
      );
    }
    return this.#value;
  }

  /** The transpose of a matrix, made once and kept until the values change. */
  get transposed(): tf.Tensor2D {
    this.#transposed ??= tf.keep(tf.transpose(this.value as tf.Tensor2D));
    return this.#transposed;
  }

  /**
   * Takes over a tensor as the new values and disposes of the old ones.
   *
   * @throws ResidencyError E_SHAPE when it has another shape.
   */
  assign(value: tf.Tensor): void {
    if (value.shape.join() !== this.shape.join()) {
      throw new ResidencyError(
        "E_SHAPE",
        `Cannot assign a tensor of shape [${value.shape.join(", ")}] to a parameter of shape [${this.shape.join(", ")}]`,
      );
    }
    const old = this.#value;
    this.#value = tf.keep(value);
    if (old !== value) old?.dispose();
    this.changed();
  }

  /** Says that the values were changed in place, so that nothing that was made from the old ones is used again. */
  changed(): void {
    this.#transposed?.dispose();
    this.#transposed = undefined;
  }

  /** Gives the memory back; the shape stays. */
  dispose(): void {
    this.#value?.dispose();
    this.#transposed?.dispose();
    this.#value = undefined;
    this.#transposed = undefined;
  }
}
