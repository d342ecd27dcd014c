/** The fused kernel of AdamW with moments in 8 bits, and the tables that it finds codes by. */
import type { FusedKernels } from "../fused-kernels.ts";
import type { ResidencyCpuBackend } from "./backend.ts";
import { register } from "./fused-layers.ts";
import { chunked } from "./kernel-runner.ts";

/** Numbers that share a scale. */
const blockSize = 256;
/** Bytes of a table: 256 values, 256 midpoints, and a place for each of the upper halves of a float32. */
const tableBytes = 1024 + 1024 + 65_536;

/** The numbers of a step as the kernels take them; 1 - beta is taken in float64, since in float32 few digits are left. */
export function adamNumbers(attributes: FusedKernels["AdamW"]["attributes"]): number[] {
  const { learningRate, beta1, beta2, eps, weightDecay, step, gradientScale } = attributes;
  return [
    gradientScale,
    beta1,
    beta2,
    eps,
    1 - learningRate * weightDecay,
    learningRate / (1 - beta1 ** step),
    1 / Math.sqrt(1 - beta2 ** step),
    1 - beta1,
    1 - beta2,
  ];
}

/**
 * Writes the table of a map: for each upper half the least place that a number with it can have, so that one comparison
 * with a midpoint tells the rest.
 *
 * @throws TypeError when two midpoints lie between numbers of one upper half.
 */
function writeTable(values: Float32Array, table: Uint8Array): void {
  const midpoints = new Float32Array(256).fill(Infinity);
  for (let i = 0; i < 255; i++) midpoints[i] = Math.fround(values[i]! + values[i + 1]!) / 2;
  table.set(new Uint8Array(values.buffer, values.byteOffset, 1024));
  table.set(new Uint8Array(midpoints.buffer), 1024);
  const place = (value: number): number => midpoints.findIndex((midpoint) => !(value > midpoint));
  const word = new Uint32Array(1);
  const number = new Float32Array(word.buffer);
  const valueOf = (bits: number): number => {
    word[0] = bits;
    return number[0]!;
  };
  for (let half = 0; half < 65_536; half++) {
    const [empty, full] = [valueOf(half << 16), valueOf((half << 16) | 0xffff)];
    if (Number.isNaN(empty) || Number.isNaN(full)) {
      table[2048 + half] = 0;
      continue;
    }
    const [low, high] = half & 0x8000 ? [place(full), place(empty)] : [place(empty), place(full)];
    if (high > low + 1) throw new TypeError(`A map of 8-bit codes has values too close to ${empty}`);
    table[2048 + half] = low;
  }
}

/** The tables in the memory of a backend, and the maps that they were made of. */
interface Tables {
  address: number;
  maps: Float32Array;
}

const tables = new WeakMap<ResidencyCpuBackend, Tables>();

/** The address of the tables of both maps; they are made once, since all optimisers have the same maps. */
function tablesOf(backend: ResidencyCpuBackend, maps: Float32Array): number {
  let made = tables.get(backend);
  if (!made) {
    const address = backend.sharedMemory.allocate(2 * tableBytes, "tables of 8-bit codes");
    made = { address, maps: new Float32Array(512).fill(NaN) };
    tables.set(backend, made);
  }
  const { address, maps: known } = made;
  if (!maps.every((value, i) => value === known[i])) {
    known.set(maps);
    for (const map of [0, 1]) {
      const table = backend.sharedMemory.uint8(address + map * tableBytes, tableBytes);
      writeTable(known.subarray(256 * map, 256 * (map + 1)), table);
    }
  }
  return address;
}

/** Registers the kernel. */
export function registerFusedOptimizer8bit(): void {
  register("AdamW8bit", ({ inputs, attributes }, backend, at) => {
    const { value, gradient, meanCodes, meanScales, varianceCodes, varianceScales, maps } = inputs;
    const size = value.shape.reduce((product, extent) => product * extent, 1);
    const table = tablesOf(backend, backend.sharedMemory.float32(at(maps), 512));
    const { block, chunks } = chunked(Math.ceil(size / blockSize), 16);
    backend.runner.run(
      "adamW8bit",
      chunks,
      [
        ...[value, gradient, meanCodes, meanScales, varianceCodes, varianceScales].map(at),
        table,
        table + tableBytes,
        size,
        block,
      ],
      adamNumbers(attributes),
    );
    return [];
  });
}
