/** Fused kernels of losses and optimisers: cross-entropy, the embedding's gradient, AdamW, the global norm. */
import * as tf from "@tensorflow/tfjs-core";
import { smoothingOf, type TokenLoss } from "../fused-kernels.ts";
import type { ResidencyCpuBackend } from "./backend.ts";
import { register } from "./fused-layers.ts";
import { adamNumbers } from "./fused-optimizer-8bit.ts";
import { chunked, type Job } from "./kernel-runner.ts";
import { multiply } from "./products.ts";

/** The most logits that are held at once: 32 MB, or what the fewest rows need that keep a product busy. */
const logitsAtOnce = 8 << 20;
const leastRows = 48;

/** Rows whose logits are held at once: nearly equal parts of all. */
function rowsAtOnce(rows: number, vocabulary: number): number {
  const most = Math.max(leastRows, Math.floor(logitsAtOnce / vocabulary));
  return Math.max(1, Math.ceil(rows / Math.ceil(rows / most)));
}

/**
 * Losses of some rows; the gradient, where one is wanted, is written to `gradient`, which may be the logits' place, and the figures,
 * where they are, to `figures`: for each row whether the target has the largest logit, and the entropy. 0 stands for no address.
 */
function crossEntropyRows(
  backend: ResidencyCpuBackend,
  {
    logits,
    targets,
    losses,
    gradient,
    figures,
    loss,
  }: {
    logits: number;
    targets: number;
    losses: number;
    gradient: number;
    figures: number;
    loss: TokenLoss | undefined;
  },
  [rows, vocabulary]: [number, number],
): void {
  const { block, chunks } = chunked(rows, Math.ceil(4096 / vocabulary), 64);
  const addresses = [logits, targets, losses, gradient];
  const isWeighted = loss === "dft" ? 1 : 0;
  const integers = [...addresses, rows, vocabulary, block, figures, isWeighted];
  backend.runner.run("crossEntropy", chunks, integers, [smoothingOf(loss)]);
}

/** The sum of float32 losses, in the order of the rows, as a scalar tensor; gives the memory of the losses back. */
function total(backend: ResidencyCpuBackend, losses: tf.TensorInfo): tf.TensorInfo {
  let sum = 0;
  for (const loss of backend.sharedMemory.float32(
    backend.addressOf(losses),
    tf.util.sizeFromShape(losses.shape),
  ))
    sum += loss;
  backend.disposeIntermediateTensorInfo(losses);
  return backend.makeTensorInfo([], "float32", new Float32Array([sum]));
}

/** The sums of both figures of rows, `[2]`; gives the memory of the rows' figures back. */
function totalFigures(backend: ResidencyCpuBackend, figures: tf.TensorInfo): tf.TensorInfo {
  let [correct, entropy] = [0, 0];
  const values = backend.sharedMemory.float32(
    backend.addressOf(figures),
    tf.util.sizeFromShape(figures.shape),
  );
  for (let at = 0; at < values.length; at += 2) {
    correct += values[at]!;
    entropy += values[at + 1]!;
  }
  backend.disposeIntermediateTensorInfo(figures);
  return backend.makeTensorInfo([2], "float32", new Float32Array([correct, entropy]));
}

function registerLosses(): void {
  register("CrossEntropy", ({ inputs: { logits, targets }, attributes }, backend, at) => {
    const [rows, vocabulary] = logits.shape as [number, number];
    const losses = backend.makeUninitialised([rows]);
    const gradient = attributes.withGradient ? backend.makeUninitialised(logits.shape) : undefined;
    const figures = attributes.figures ? backend.makeUninitialised([rows, 2]) : undefined;
    crossEntropyRows(
      backend,
      {
        ...{ logits: at(logits), targets: at(targets), losses: at(losses) },
        gradient: gradient ? at(gradient) : 0,
        figures: figures ? at(figures) : 0,
        loss: attributes.loss,
      },
      [rows, vocabulary],
    );
    const loss = attributes.reduction === "none" ? losses : total(backend, losses);
    return [loss, ...(gradient ? [gradient] : []), ...(figures ? [totalFigures(backend, figures)] : [])];
  });
  register("LinearCrossEntropy", ({ inputs, attributes }, backend, at) => {
    const { hidden, weight, targets } = inputs;
    const { withGradient, trainsWeight, reduction } = attributes;
    const [rows, dim] = hidden.shape as [number, number];
    const weighed = inputs.weighed ?? hidden;
    const vocabulary = weight.shape[0]!;
    const chunk = rowsAtOnce(rows, vocabulary);
    const losses = backend.makeUninitialised([rows]);
    const figures = attributes.figures ? backend.makeUninitialised([rows, 2]) : undefined;
    const logits = backend.makeUninitialised([chunk, vocabulary]);
    const dhidden = withGradient ? backend.makeUninitialised(hidden.shape) : undefined;
    const dweight = withGradient && trainsWeight ? backend.makeUninitialised(weight.shape) : undefined;
    for (let row = 0; row < rows; row += chunk) {
      const m = Math.min(chunk, rows - row);
      const from = at(hidden) + row * dim * 4;
      multiply(backend, {
        a: from,
        b: at(weight),
        c: at(logits),
        m,
        n: vocabulary,
        k: dim,
        transposeB: true,
      });
      crossEntropyRows(
        backend,
        {
          logits: at(logits),
          targets: at(targets) + row * 4,
          losses: at(losses) + row * 4,
          gradient: dhidden ? at(logits) : 0,
          figures: figures ? at(figures) + row * 8 : 0,
          loss: attributes.loss,
        },
        [m, vocabulary],
      );
      if (dhidden) {
        const to = at(dhidden) + row * dim * 4;
        multiply(backend, { a: at(logits), b: at(weight), c: to, m, n: dim, k: vocabulary });
      }
      if (dweight) {
        const beta = row === 0 ? 0 : 1;
        const b = at(weighed) + row * dim * 4;
        const product = { a: at(logits), b, c: at(dweight), m: vocabulary, n: dim, k: m };
        multiply(backend, { ...product, transposeA: true, beta });
      }
    }
    backend.disposeIntermediateTensorInfo(logits);
    const loss = reduction === "none" ? losses : total(backend, losses);
    const gradients = [...(dhidden ? [dhidden] : []), ...(dweight ? [dweight] : [])];
    return [loss, ...gradients, ...(figures ? [totalFigures(backend, figures)] : [])];
  });
  register("EmbeddingGrad", ({ inputs: { dy, indices }, attributes: { rows } }, backend, at) => {
    const dim = dy.shape[dy.shape.length - 1]!;
    const table = backend.makeUninitialised([rows, dim]);
    const { block, chunks } = chunked(rows, Math.ceil(16_384 / dim), 16);
    backend.runner.run("embeddingGrad", chunks, [
      ...[dy, indices, table].map(at),
      tf.util.sizeFromShape(indices.shape),
      dim,
      rows,
      block,
    ]);
    return [table];
  });
}

function registerOptimiser(): void {
  register("AdamW", ({ inputs, attributes }, backend, at) => {
    const { value, gradient, mean, variance } = inputs;
    const vectors = Math.ceil(tf.util.sizeFromShape(value.shape) / 4);
    const { block, chunks } = chunked(vectors, 4096);
    backend.runner.run(
      "adamW",
      chunks,
      [...[value, gradient, mean, variance].map(at), vectors, block],
      adamNumbers(attributes),
    );
    return [];
  });
  register("SquaredNorm", ({ inputs }, backend, at) => {
    const infos = Object.values(inputs);
    const cuts = infos.map((info) => chunked(tf.util.sizeFromShape(info.shape), 16_384, 256));
    const all = cuts.reduce((count, { chunks }) => count + chunks, 0);
    const partial = backend.makeUninitialised([2 * all]);
    let first = 0;
    const jobs = infos.map((info, index): Job => {
      const { block, chunks } = cuts[index]!;
      const into = at(partial) + 8 * first;
      first += chunks;
      return {
        kernel: "squaredNorm",
        chunks,
        integers: [at(info), into, tf.util.sizeFromShape(info.shape), block],
      };
    });
    backend.runner.runTogether(jobs);
    let sum = 0;
    for (const part of backend.sharedMemory.float64(at(partial), all)) sum += part;
    backend.disposeIntermediateTensorInfo(partial);
    return [backend.makeTensorInfo([], "float32", new Float32Array([sum]))];
  });
}

/** Registers the kernels. */
export function registerFusedTraining(): void {
  registerLosses();
  registerOptimiser();
}
