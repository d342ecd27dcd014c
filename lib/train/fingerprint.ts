/** Numbers that tell whether a run goes on with the rows and the model that it began with; they hold no text. */
import * as tf from "@tensorflow/tfjs-core";
import type { Module, Parameter } from "../nn/index.ts";
import { expandScales } from "../ops/index.ts";

/** Mixes values into 64 bits; for telling things apart, not for secrets. */
function mixer(): { add: (word: number) => void; text: () => string } {
  let [a, b] = [0x9e3779b9, 0x85ebca6b];
  return {
    add(word) {
      a = Math.imul(a ^ word, 0xcc9e2d51);
      a = (a << 15) | (a >>> 17);
      b = (Math.imul(b ^ word, 0x1b873593) + a) | 0;
    },
    text: () => [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}

/** The halves of a number that is no 32-bit integer. */
const doubles = new Float64Array(1);
const words = new Int32Array(doubles.buffer);

function mixValue(value: unknown, add: (word: number) => void): void {
  if (typeof value === "number") {
    if ((value | 0) === value) add(value);
    else {
      doubles[0] = value;
      add(words[0]!);
      add(words[1]!);
    }
  } else if (typeof value === "string") {
    add(value.length);
    for (let at = 0; at < value.length; at++) add(value.charCodeAt(at));
  } else if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list = value as ArrayLike<unknown>;
    add(list.length);
    for (let at = 0; at < list.length; at++) mixValue(list[at], add);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      mixValue(name, add);
      mixValue(inner, add);
    }
  } else add(value === undefined ? 1 : value === null ? 2 : value === true ? 3 : 4);
}

/** A fingerprint of rows, their order included. */
export function fingerprintOfRows(rows: readonly unknown[]): string {
  const { add, text } = mixer();
  mixValue(rows, add);
  return text();
}

/** How many values of each parameter are looked at. */
const looked = 64;

/** A fingerprint of some parameters: their names, shapes and first values; those that are not trained when left out. */
export async function fingerprintOfParameters(
  root: Module,
  isLookedAt: (parameter: Parameter) => boolean = ({ requiresGrad }) => !requiresGrad,
): Promise<string> {
  const { add, text } = mixer();
  for (const [name, parameter] of root.namedParameters()) {
    if (!isLookedAt(parameter)) continue;
    mixValue([name, parameter.shape, parameter.packed?.format], add);
    const start = tf.tidy(() => {
      const { packed } = parameter;
      const tensor = packed?.nested ? expandScales(packed.nested) : (packed?.scales ?? parameter.value);
      return tf.slice(tf.reshape(tensor, [-1]), 0, Math.min(looked, tensor.size));
    });
    mixValue(await start.data(), add);
    start.dispose();
  }
  return text();
}
