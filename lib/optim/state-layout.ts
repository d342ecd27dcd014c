/** What an optimiser remembers of one parameter: the names, shapes and types of its parts, and their forms in memory and in files. */
import * as tf from "@tensorflow/tfjs-core";
import type { StateTensor } from "./optimizer.ts";

/** One part of a state. Bytes lie four to an element of an int32 tensor, little-endian, in the backend's memory. */
export interface StatePart {
  shape: readonly number[];
  dtype: "float32" | "uint8";
}

/** The parts of a state by PyTorch's or bitsandbytes' names, such as `exp_avg`. */
export type StateLayout = Readonly<Record<string, StatePart>>;

/** A state in the backend's memory. */
export type StateTensors = Readonly<Record<string, tf.Tensor>>;

/** A state outside of it: the elements of each tensor. */
export type StateValues = Readonly<Record<string, Float32Array | Int32Array>>;

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** The shape of a part's tensor. */
function tensorShape({ shape, dtype }: StatePart): number[] {
  return dtype === "uint8" ? [Math.ceil(sizeOf(shape) / 4)] : [...shape];
}

/** Bytes that a state takes in memory. */
export function stateBytes(layout: StateLayout): number {
  return Object.values(layout).reduce((bytes, part) => bytes + 4 * sizeOf(tensorShape(part)), 0);
}

/** A kept tensor of each part, from its elements; without elements a part is zero. */
export function stateTensors(layout: StateLayout, values?: StateValues): StateTensors {
  const tensors = Object.entries(layout).map(([name, part]) => {
    const [shape, dtype] = [tensorShape(part), part.dtype === "uint8" ? "int32" : "float32"] as const;
    const given = values?.[name];
    return [name, tf.keep(given ? tf.tensor(given, shape, dtype) : tf.zeros(shape, dtype))] as const;
  });
  return Object.fromEntries(tensors);
}

/** The parts as a checkpoint has them, in memory of their own. */
export function exportState(layout: StateLayout, values: StateValues): [part: string, tensor: StateTensor][] {
  return Object.entries(layout).map(([name, { shape, dtype }]) => {
    const elements = values[name]!;
    if (dtype === "float32") return [name, { shape, data: elements.slice() as Float32Array }];
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, sizeOf(shape));
    return [name, { shape, data: bytes.slice() }];
  });
}

/** Why parts of a checkpoint are no state of this layout; undefined when they are. */
export function layoutFault(
  layout: StateLayout,
  parts: ReadonlyMap<string, StateTensor>,
): string | undefined {
  for (const [name, { shape, dtype }] of Object.entries(layout)) {
    const part = parts.get(name);
    if (!part) return `"${name}" is missing (there are ${[...parts.keys()].join(", ")})`;
    const found = part.data instanceof Uint8Array ? "uint8" : "float32";
    if (found !== dtype || part.shape.join() !== shape.join() || part.data.length !== sizeOf(shape)) {
      return `"${name}" is ${found} [${part.shape.join(", ")}] and must be ${dtype} [${shape.join(", ")}]`;
    }
  }
  const unknown = [...parts.keys()].find((name) => !Object.hasOwn(layout, name));
  return unknown === undefined ? undefined : `"${unknown}" is no part of it`;
}

/** The elements of a checkpoint's parts, in memory of their own; they must fit the layout. */
export function importState(layout: StateLayout, parts: ReadonlyMap<string, StateTensor>): StateValues {
  const values = Object.entries(layout).map(([name, part]): [string, Float32Array | Int32Array] => {
    const { data } = parts.get(name)!;
    if (data instanceof Float32Array) return [name, data.slice()];
    const words = new Int32Array(sizeOf(tensorShape(part)));
    new Uint8Array(words.buffer).set(data);
    return [name, words];
  });
  return Object.fromEntries(values);
}
