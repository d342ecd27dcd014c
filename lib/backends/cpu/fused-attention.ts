/** The fused kernels of causal attention. */
import type * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../../errors.ts";
import { register } from "./fused-layers.ts";

/** The sizes in the order that assembly/attention.ts reads them. */
function sizes(
  q: tf.TensorInfo,
  k: tf.TensorInfo,
  segments: tf.TensorInfo,
  { window, segmentsAt }: { window: number; segmentsAt: number },
): number[] {
  const [, length, heads, dim] = q.shape as [number, number, number, number];
  const [, capacity, kvHeads] = k.shape as [number, number, number, number];
  const [segmentRows, keys] = segments.shape as [number, number];
  return [length, keys, heads, kvHeads, dim, window, segmentsAt, segmentRows, capacity];
}

/** Queries of a tile; assembly/attention.ts states the same. */
const tileQueries = 64;

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
    const tiles = Math.ceil(length / tileQueries);
    backend.runner.run(
      "attention",
      batch * heads * tiles,
      [
        ...[q, k, v, out, logSumExp].map(at),
        ...sizes(q, k, segments, { window: attributes.window, segmentsAt: at(segments) }),
      ],
      [attributes.scale, attributes.softcap],
    );
    return [out, logSumExp];
  });
  register("AttentionGrad", ({ inputs, attributes }, backend, at) => {
    const { dy, q, k, v, segments, out, logSumExp } = inputs;
    const gradients = [q, k, v].map((input) => backend.makeUninitialised(input.shape));
    backend.runner.run(
      "attentionGrad",
      q.shape[0]! * k.shape[2]!,
      [
        ...[dy, q, k, v].map(at),
        0,
        ...[out, logSumExp, ...gradients].map(at),
        ...sizes(q, k, segments, { window: attributes.window, segmentsAt: at(segments) }),
      ],
      [attributes.scale, attributes.softcap],
    );
    return gradients;
  });
}
