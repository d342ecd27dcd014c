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
import { readMatrix, toTensor } from "./matrix-tensors.ts";
import { householderQr, type Matrix } from "./qr.ts";
import { largestSingularTriples, type SingularTriples } from "./svd.ts";
import type { TensorReads } from "./tensor-reads.ts";

/** Whether an adapter begins as a part of the base weight. */
function takesFromBase(init: InitLoraWeights): boolean {
  return typeof init === "string" && init !== "gaussian";
}

/** Whether a layer's adapter of this kind takes its start out of the base weight; an embedding's is drawn, and a tied one has its values. */
export function startsInBase(layer: AdaptedLayer, { tied }: LoraAdapter, init: InitLoraWeights): boolean {
  return !tied && !(layer instanceof Embedding) && takesFromBase(init);
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

/** Estimates the largest singular triples by subspace iteration (Halko et al., 2011) from a random start. */
function* estimateTriples(
  weight: tf.Tensor2D,
  { r, rounds }: { r: number; rounds: number },
  random: SeededRandom,
): TensorReads<SingularTriples> {
  function* orthogonal(make: () => tf.Tensor2D): TensorReads<Matrix> {
    return householderQr(yield* readMatrix(make), r).q;
  }
  let q = yield* orthogonal(() =>
    matMul(weight, normalTensor([weight.shape[1], r], 1, random) as tf.Tensor2D),
  ); // [out, r]
  for (let round = 0; round < rounds; round++) {
    const left = q;
    const right = yield* orthogonal(() => matMul(weight, toTensor(left), { transposeA: true })); // [in, r]
    q = yield* orthogonal(() => matMul(weight, toTensor(right)));
  }
  const core = yield* readMatrix(() => matMul(toTensor(q), weight, { transposeA: true })); // [r, in]
  const { u, s, vt } = largestSingularTriples(core, r);
  return { u: yield* readMatrix(() => matMul(toTensor(q), toTensor(u))), s, vt };
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

/** The part of the base weight that an adapter of this kind begins as. */
function* startInBase(
  layer: AdaptedLayer,
  { r, scaling }: LoraAdapter,
  initLoraWeights: InitLoraWeights,
  random: SeededRandom,
): TensorReads<{ a: Matrix; b: Matrix }> {
  const weight = tf.tidy(() => {
    const full = fullWeight(layer);
    return liesOutIn(layer) ? full : tf.transpose(full);
  }); // [out, in]
  try {
    const whole = (): tf.Tensor2D => tf.clone(weight);
    if (initLoraWeights === "olora") {
      const { q, r: upper } = householderQr(yield* readMatrix(whole), r);
      return { a: upper, b: q };
    }
    const rounds = /^pissa_niter_(\d+)$/.exec(String(initLoraWeights))?.[1];
    const triples =
      rounds === undefined
        ? largestSingularTriples(yield* readMatrix(whole), r)
        : yield* estimateTriples(weight, { r, rounds: Number(rounds) }, random);
    return principalHalves(triples, scaling);
  } finally {
    weight.dispose();
  }
}

/** Gives A and B the principal part of the base weight, which {@link takeOutOfBase} then takes out of it. */
export function* startFromBase(
  layer: AdaptedLayer,
  adapter: LoraAdapter,
  initLoraWeights: InitLoraWeights,
  random: SeededRandom,
): TensorReads<void> {
  const { a, b } = yield* startInBase(layer, adapter, initLoraWeights, random);
  adapter.a.assign(toTensor(a));
  adapter.b.assign(toTensor(b));
}

/** Leaves what an adapter does not hold as the base weight. */
export function takeOutOfBase(layer: AdaptedLayer, adapter: LoraAdapter): void {
  layer.weight.assign(tf.tidy(() => tf.sub(fullWeight(layer), deltaWeight(layer, adapter))));
}

/** Gives A and B of an adapter, which {@link checkStart} has passed, their first values, as PEFT does; nothing else is changed. */
export function* startAdapter(
  layer: AdaptedLayer,
  adapter: LoraAdapter,
  random: SeededRandom,
): TensorReads<void> {
  const { a, b, r, initLoraWeights: init } = adapter;
  const [inputs, outputs] = [a.shape[1]!, b.shape[0]!];
  // The matrices of a tied one have their values.
  if (adapter.tied) return;
  if (layer instanceof Embedding) initializeEmbedding(adapter, random);
  else if (startsInBase(layer, adapter, init)) yield* startFromBase(layer, adapter, init, random);
  else {
    a.assign(init === "gaussian" ? normalTensor([r, inputs], 1 / r, random) : drawLinear(r, inputs, random));
    b.assign(init === false ? drawLinear(outputs, r, random) : tf.zeros([outputs, r]));
  }
}

/** What follows once all adapters have started: the base weight is changed, and DoRA's lengths are measured. */
export function settleAdapter(layer: AdaptedLayer, adapter: LoraAdapter): void {
  const { initLoraWeights, magnitude } = adapter;
  if (startsInBase(layer, adapter, initLoraWeights)) takeOutOfBase(layer, adapter);
  magnitude?.assign(weightNorms(layer, adapter));
}
