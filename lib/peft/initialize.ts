/** First values of an adapter: at random, or the principal part of the base weight, which is then taken out of it. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { Embedding } from "../nn/index.ts";
import { matMul } from "../ops/index.ts";
import type { SeededRandom } from "../random.ts";
import { normalTensor, uniformTensor } from "../tensor/index.ts";
import { deltaWeight, fullWeight, liesOutIn, weightNorms } from "./base-weight.ts";
import type { InitLoraWeights } from "./config.ts";
import type { AdaptedLayer, LoraAdapter } from "./lora-layer.ts";
import { householderQr, type Matrix } from "./qr.ts";
import { largestSingularTriples, type SingularTriples } from "./svd.ts";

/** Whether an adapter begins as a part of the base weight. */
export function takesFromBase(init: InitLoraWeights): boolean {
  return typeof init === "string" && init !== "gaussian";
}

/** Kaiming's uniform draw with a = sqrt(5), as torch.nn.Linear has it, of `[outputs, inputs]`. */
function drawLinear(outputs: number, inputs: number, random: SeededRandom): tf.Tensor {
  return uniformTensor([outputs, inputs], 1 / Math.sqrt(inputs), random);
}

function initializeEmbedding({ a, b, initLoraWeights }: LoraAdapter, random: SeededRandom): void {
  const draw = ({ shape }: { shape: readonly number[] }): tf.Tensor => normalTensor([...shape], 1, random);
  a.assign(initLoraWeights === false ? draw(a) : tf.zeros([...a.shape]));
  b.assign(draw(b));
}

const toMatrix = (tensor: tf.Tensor2D): Matrix => ({
  rows: tensor.shape[0],
  columns: tensor.shape[1],
  values: Float64Array.from(tensor.dataSync<"float32">()),
});

const toTensor = ({ rows, columns, values }: Matrix): tf.Tensor2D =>
  tf.tensor2d(Float32Array.from(values), [rows, columns], "float32");

/** Estimates the largest singular triples by subspace iteration (Halko et al., 2011) from a random start. */
function estimateTriples(
  weight: tf.Tensor2D,
  r: number,
  rounds: number,
  random: SeededRandom,
): SingularTriples {
  let triples: SingularTriples | undefined;
  tf.tidy(() => {
    const orthogonal = (tensor: tf.Tensor2D): tf.Tensor2D => toTensor(householderQr(toMatrix(tensor), r).q);
    const start = normalTensor([weight.shape[1], r], 1, random) as tf.Tensor2D;
    let q = orthogonal(matMul(weight, start)); // [out, r]
    for (let round = 0; round < rounds; round++) {
      q = orthogonal(matMul(weight, orthogonal(matMul(weight, q, { transposeA: true }))));
    }
    const { u, s, vt } = largestSingularTriples(toMatrix(matMul(q, weight, { transposeA: true })), r);
    triples = { u: toMatrix(matMul(q, toTensor(u))), s, vt };
  });
  return triples!;
}

/** A and B of PiSSA: both halves of the triples' product over the scaling. */
function principalHalves({ u, s, vt }: SingularTriples, scaling: number): { a: Matrix; b: Matrix } {
  const roots = s.map((value) => Math.sqrt(value / scaling));
  const r = s.length;
  return {
    a: { ...vt, values: vt.values.map((value, i) => value * roots[Math.floor(i / vt.columns)]!) },
    b: { ...u, values: u.values.map((value, i) => value * roots[i % r]!) },
  };
}

/**
 * Passes when an adapter of this kind and rank can begin on a layer; to be asked of all layers before any of them is changed.
 *
 * @throws ResidencyError E_CONFIG for a part of a base weight that is packed, or that has not so many dimensions.
 */
export function checkStart(
  name: string,
  layer: AdaptedLayer,
  { r, initLoraWeights }: Pick<LoraAdapter, "r" | "initLoraWeights">,
): void {
  const { weight } = layer;
  if (layer instanceof Embedding || !takesFromBase(initLoraWeights)) return;
  const why = weight.packed
    ? `its weight is packed as ${weight.packed.format}; load the model in float32, and quantise what is left`
    : r > Math.min(...weight.shape)
      ? `its weight is [${weight.shape.join(", ")}]; take a smaller rank`
      : undefined;
  if (why === undefined) return;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot begin the adapter of ${name} with initLoraWeights "${initLoraWeights}" and the rank ${r}: ${why}`,
  );
}

/** Takes the principal part of the base weight as A and B, and leaves the rest as the base weight. */
export function initializeFromBase(
  layer: AdaptedLayer,
  adapter: LoraAdapter,
  initLoraWeights: InitLoraWeights,
  random: SeededRandom,
): void {
  const { r, scaling } = adapter;
  const { weight } = layer;
  tf.tidy(() => {
    const full = fullWeight(layer);
    const outIn = liesOutIn(layer) ? full : tf.transpose(full); // [out, in]
    const rounds = /^pissa_niter_(\d+)$/.exec(String(initLoraWeights))?.[1];
    let halves: { a: Matrix; b: Matrix };
    if (initLoraWeights === "olora") {
      const { q, r: upper } = householderQr(toMatrix(outIn), r);
      halves = { a: upper, b: q };
    } else {
      const triples =
        rounds === undefined
          ? largestSingularTriples(toMatrix(outIn), r)
          : estimateTriples(outIn, r, Number(rounds), random);
      halves = principalHalves(triples, scaling);
    }
    adapter.a.assign(toTensor(halves.a));
    adapter.b.assign(toTensor(halves.b));
    weight.assign(tf.sub(full, deltaWeight(layer, adapter)));
  });
}

/** Gives an adapter, which {@link checkStart} has passed, its first values, as PEFT does. */
export function initializeAdapter(layer: AdaptedLayer, adapter: LoraAdapter, random: SeededRandom): void {
  const { a, b, r, initLoraWeights: init, magnitude } = adapter;
  const [inputs, outputs] = [a.shape[1]!, b.shape[0]!];
  if (adapter.tied) {
    // The matrices have their values.
  } else if (layer instanceof Embedding) initializeEmbedding(adapter, random);
  else if (takesFromBase(init)) initializeFromBase(layer, adapter, init, random);
  else {
    a.assign(init === "gaussian" ? normalTensor([r, inputs], 1 / r, random) : drawLinear(r, inputs, random));
    b.assign(init === false ? drawLinear(outputs, r, random) : tf.zeros([outputs, r]));
  }
  magnitude?.assign(weightNorms(layer, adapter));
}
