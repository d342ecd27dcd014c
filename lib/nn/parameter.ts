/** A named tensor of a model: its shape is known from the start, its values once they are loaded or drawn. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { FrozenWeight, PackedWeight } from "../ops/index.ts";

/** A packed weight with `change` made of each of its tensors. */
function eachTensor(packed: PackedWeight, change: (tensor: tf.Tensor1D) => tf.Tensor1D): PackedWeight {
  const { codes, scales, nested } = packed;
  return {
    ...packed,
    ...{ codes: change(codes), scales: change(scales) },
    nested: nested && {
      ...nested,
      ...{ codes: change(nested.codes), absmax: change(nested.absmax) },
    },
  };
}

/** The tensors that a packed weight is held in. */
const tensorsOf = ({ codes, scales, nested }: PackedWeight): tf.Tensor[] => [
  codes,
  scales,
  ...(nested ? [nested.codes, nested.absmax] : []),
];

/**
 * A tensor of a model. Until {@link Parameter.assign} it takes no memory ("meta" device in PyTorch's words).
 *
 * @example
 * const weight = new Parameter([2]);
 * weight.assign(tf.tensor1d([1, 2]));
 * weight.value; // → [1, 2]
 */
export class Parameter {
  readonly shape: readonly number[];
  /** Whether training changes it. */
  requiresGrad = true;
  #value: tf.Tensor | undefined;
  #packed: PackedWeight | undefined;
  /** What was made of the values, by name. */
  readonly #derived = new Map<string, tf.Tensor>();
  /** Values that {@link Parameter.stash} has put aside. */
  #stashed: { value: tf.Tensor | undefined; packed: PackedWeight | undefined } | undefined;

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
   * @throws ResidencyError E_CHECKPOINT while none were assigned, E_CONFIG while they are packed.
   */
  get value(): tf.Tensor {
    if (this.#packed) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot use the float32 values of a parameter of shape [${this.shape.join(", ")}] that is packed as ` +
          `${this.#packed.format}: it takes part in products only, and is never trained; use unpackWeight(parameter.packed)`,
      );
    }
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
    return this.derived("transposed", () => tf.transpose(this.value as tf.Tensor2D)) as tf.Tensor2D;
  }

  /** A tensor that `make` makes of the values once; it is kept under its name until they change. */
  derived(name: string, make: () => tf.Tensor): tf.Tensor {
    let tensor = this.#derived.get(name);
    if (!tensor) {
      tensor = tf.keep(tf.tidy(make));
      this.#derived.set(name, tensor);
    }
    return tensor;
  }

  /** The values in packed form, if that is how they are held. */
  get packed(): PackedWeight | undefined {
    return this.#packed;
  }

  /** The matrix as products through a weight that is not trained take it. */
  get frozen(): FrozenWeight | PackedWeight {
    return this.#packed ?? { weight: this.value as tf.Tensor2D, transposed: () => this.transposed };
  }

  /** Bytes that the values take, with what is kept beside them. */
  get byteSize(): number {
    const tensors = [this.#value, ...this.#derived.values(), this.#stashed?.value];
    let bytes = tensors.reduce((sum, tensor) => sum + 4 * (tensor?.size ?? 0), 0);
    for (const packed of [this.#packed, this.#stashed?.packed]) {
      if (!packed) continue;
      for (const tensor of tensorsOf(packed)) bytes += 4 * tensor.size;
    }
    return bytes;
  }

  /**
   * Takes over a packed matrix as the new values, disposes of the old ones and freezes the parameter.
   *
   * @throws ResidencyError E_SHAPE when it has another shape.
   */
  assignPacked(packed: PackedWeight): void {
    this.#checkShape(packed.shape);
    if (packed.codes === this.#packed?.codes) return;
    this.#disposeValues();
    this.#packed = eachTensor(packed, tf.keep);
    this.requiresGrad = false;
  }

  #checkShape(shape: readonly number[]): void {
    if (shape.join() !== this.shape.join()) {
      throw new ResidencyError(
        "E_SHAPE",
        `Cannot assign a tensor of shape [${shape.join(", ")}] to a parameter of shape [${this.shape.join(", ")}]`,
      );
    }
  }

  /**
   * Takes over a tensor as the new values and disposes of the old ones.
   *
   * @throws ResidencyError E_SHAPE when it has another shape.
   */
  assign(value: tf.Tensor): void {
    this.#checkShape(value.shape);
    this.#disposePacked();
    const old = this.#value;
    this.#value = tf.keep(value);
    if (old !== value) old?.dispose();
    this.changed();
  }

  /** Says that the values were changed in place, so that nothing that was made from the old ones is used again. */
  changed(): void {
    tf.dispose([...this.#derived.values()]);
    this.#derived.clear();
  }

  /** Whether values lie aside. */
  get isStashed(): boolean {
    return this.#stashed !== undefined;
  }

  /** Puts the present values aside, unless some are already: {@link Parameter.unstash} gives them back to the bit. */
  stash(): void {
    if (this.#stashed) return;
    const kept = <T extends tf.Tensor>(tensor: T): T => tf.keep(tf.clone(tensor));
    const packed = this.#packed;
    this.#stashed = {
      value: this.#value && kept(this.#value),
      packed: packed && eachTensor(packed, kept),
    };
  }

  /** Makes the values that lie aside, if any, the present ones again. */
  unstash(): void {
    const { value, packed } = this.#stashed ?? {};
    this.#stashed = undefined;
    if (value) this.assign(value);
    if (packed) this.assignPacked(packed);
  }

  /** Gives the memory of values that lie aside back. */
  dropStash(): void {
    const { value, packed } = this.#stashed ?? {};
    tf.dispose([value, ...(packed ? tensorsOf(packed) : [])]);
    this.#stashed = undefined;
  }

  /** Gives the memory back; the shape stays. */
  dispose(): void {
    this.#disposeValues();
    this.dropStash();
  }

  #disposeValues(): void {
    this.#value?.dispose();
    this.#value = undefined;
    this.changed();
    this.#disposePacked();
  }

  #disposePacked(): void {
    if (this.#packed) tf.dispose(tensorsOf(this.#packed));
    this.#packed = undefined;
  }
}
