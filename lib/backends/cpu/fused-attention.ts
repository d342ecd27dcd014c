/** The fused kernels of causal attention. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../../errors.ts";
import { planAttention, type AttentionPlan } from "./attention-plan.ts";
import type { ResidencyCpuBackend } from "./backend.ts";
import { register, sumParts } from "./fused-layers.ts";

/** Parts of rows times key/value heads from which on all threads of usual machines have work in the backward pass. */
const enoughUnits = 16;

/** A plan in the memory. */
interface PlacedPlan extends AttentionPlan {
  /** The words, to be given back. */
  info: tf.TensorInfo;
}

function placePlan(backend: ResidencyCpuBackend, q: tf.TensorInfo, segments: tf.TensorInfo): PlacedPlan {
  const [batch, length] = q.shape as [number, number];
  const keys = segments.shape[1]!;
  const plan = planAttention(backend.numbersOf(segments) as Int32Array, { batch, length, keys });
  const info = backend.makeTensorInfo([plan.words.length], "int32", Int32Array.from(plan.words));
  return { ...plan, info };
}

/** The sizes in the order that assembly/attention-scores.ts reads them; one query a row needs no plan. */
function sizes(
  { q, k, segments }: { q: tf.TensorInfo; k: tf.TensorInfo; segments: tf.TensorInfo },
  at: (info: tf.TensorInfo) => number,
  { window, plan }: { window: number; plan: PlacedPlan | undefined },
): number[] {
  const [, length, heads, dim] = q.shape as [number, number, number, number];
  const [, capacity, kvHeads] = k.shape as [number, number, number, number];
  const [segmentRows, keys] = segments.shape as [number, number];
  const shapes = [length, keys, heads, kvHeads, dim, window, at(segments), segmentRows, capacity];
  return [...shapes, ...(plan ? [at(plan.info), plan.tiles, plan.parts] : [0, 0, 0])];
}

/** Registers forward, backward and the growing of a cache. */
export function registerFusedAttention(): void {
  register("CopyInto", ({ inputs: { into, x }, attributes: { position } }, backend, at) => {
    const [batch, length, ...rest] = x.shape as [number, number, ...number[]];
    const capacity = into.shape[1]!;
    if (position < 0 || position + length > capacity) {
      throw new ResidencyError(
        "E_SHAPE",
        `Cannot put ${length} positions behind the first ${position} of a cache: it has room for ${capacity}`,
      );
    }
    const element = rest.reduce((size, extent) => size * extent, 1);
    const to = backend.sharedMemory.int32(at(into), batch * capacity * element);
    const from = backend.sharedMemory.int32(at(x), batch * length * element);
    for (let row = 0; row < batch; row++) {
      const ofRow = from.subarray(row * length * element, (row + 1) * length * element);
      to.set(ofRow, (row * capacity + position) * element);
    }
    return [];
  });
  register("Attention", ({ inputs: { q, k, v, segments }, attributes }, backend, at) => {
    const [batch, length, heads] = q.shape as [number, number, number, number];
    const out = backend.makeUninitialised(q.shape);
    const logSumExp = backend.makeUninitialised([batch, heads, length]);
    const plan = length === 1 ? undefined : placePlan(backend, q, segments);
    backend.runner.run(
      "attention",
      heads * (plan?.tiles ?? batch),
      [
        ...[q, k, v, out, logSumExp].map(at),
        ...sizes({ q, k, segments }, at, { window: attributes.window, plan }),
      ],
      [attributes.scale, attributes.softcap],
    );
    if (plan) backend.disposeIntermediateTensorInfo(plan.info);
    return [out, logSumExp];
  });
  register("AttentionGrad", ({ inputs, attributes }, backend, at) => {
    const { dy, q, k, v, segments, out, logSumExp } = inputs;
    const [batch, , heads] = q.shape as [number, number, number];
    const kvHeads = k.shape[2]!;
    const group = heads / kvHeads;
    const plan = placePlan(backend, q, segments);
    // With few heads each query head makes its own gradients of the keys and values that it shares.
    const isSplit = group > 1 && plan.parts * kvHeads < enoughUnits;
    const make = (x: tf.TensorInfo): tf.TensorInfo =>
      backend.makeUninitialised(isSplit ? [group, tf.util.sizeFromShape(x.shape)] : x.shape);
    const [dq, dk, dv] = [backend.makeUninitialised(q.shape), make(k), make(v)];
    backend.runner.run(
      "attentionGrad",
      plan.parts * (isSplit ? heads : kvHeads),
      [
        ...[dy, q, k, v].map(at),
        0,
        ...[out, logSumExp, dq, dk, dv].map(at),
        ...sizes({ q, k, segments }, at, { window: attributes.window, plan }),
        ...[isSplit ? 1 : 0, batch],
      ],
      [attributes.scale, attributes.softcap],
    );
    backend.disposeIntermediateTensorInfo(plan.info);
    if (!isSplit) return [dq, dk, dv];
    return [dq, ...[dk, dv].map((parts) => ({ ...sumParts(backend, parts), shape: k.shape }))];
  });
}
