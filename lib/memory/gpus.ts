/** GPUs that language models are trained on: memory, bandwidth and peak of half-precision products. */
import { ResidencyError } from "../errors.ts";

/** A GPU; speeds are those of its data sheet, without sparsity. */
export interface Gpu {
  name: string;
  /** GB by the maker's name, of which some sell 10⁹ and some 1024³ bytes. */
  nominalGb: number;
  /** GiB that a process can allocate: what the driver reports, less what it and a CUDA context keep. */
  usableGiB: number;
  /** 10⁹ bytes a second. */
  bandwidth: number;
  /** 10¹² operations a second of dense float16 products that are summed in float32. */
  float16Tflops: number;
  /** The same of bfloat16; undefined where the GPU has no units for it. */
  bfloat16Tflops: number | undefined;
  /** Where the speeds are from. */
  source: string;
}

const gpu = (
  name: string,
  [nominalGb, usableGiB]: [number, number],
  [bandwidth, float16Tflops, bfloat16Tflops]: [number, number, number | undefined],
  source: string,
): Gpu => ({ name, nominalGb, usableGiB, bandwidth, float16Tflops, bfloat16Tflops, source });

/**
 * The table, smallest memory first. Usable memory is what a driver of 2024 reports as total (15 GiB for a T4), less 0.4 GiB for
 * the reserve of the driver and a CUDA context; it moves by some tenths between drivers.
 */
export const gpus: readonly Gpu[] = [
  gpu(
    "RTX 3060",
    [12, 11.3],
    [360, 25.4, 25.4],
    "the RTX 3090's figure by multiprocessors (28 of 82) and clock",
  ),
  gpu("T4", [16, 14.6], [320, 65, undefined], "NVIDIA T4 data sheet"),
  gpu("V100 16GB", [16, 15.4], [900, 125, undefined], "NVIDIA V100 data sheet (SXM2)"),
  gpu("L4", [24, 21.6], [300, 121, 121], "NVIDIA L4 data sheet"),
  gpu("A10G", [24, 21.6], [600, 70, 70], "AWS G5 instances, NVIDIA A10G data sheet"),
  gpu("RTX 3090", [24, 23.2], [936, 71, 71], "NVIDIA Ampere GA102 whitepaper"),
  gpu("RTX 4090", [24, 23.2], [1008, 165.2, 165.2], "NVIDIA Ada whitepaper"),
  gpu("V100 32GB", [32, 31.3], [900, 125, undefined], "NVIDIA V100 data sheet (SXM2)"),
  gpu("A100 40GB", [40, 39], [1555, 312, 312], "NVIDIA A100 data sheet (SXM4)"),
  gpu("L40S", [48, 44], [864, 362, 362], "NVIDIA L40S data sheet"),
  gpu("A6000", [48, 47.1], [768, 154.8, 154.8], "NVIDIA RTX A6000 data sheet"),
  gpu("A100 80GB", [80, 78.7], [2039, 312, 312], "NVIDIA A100 data sheet (SXM4)"),
  gpu("H100 80GB", [80, 78.7], [3350, 989, 989], "NVIDIA H100 data sheet (SXM5)"),
  gpu("H200", [141, 139], [4800, 989, 989], "NVIDIA H200 data sheet (SXM5)"),
];

const plain = (name: string): string =>
  name.toLowerCase().replace(/nvidia|tesla|geforce|[^a-z0-9]|gb?$/g, "");

/**
 * A GPU by name; case, spaces and "GB" do not matter, and the smallest of those whose names begin so is taken.
 *
 * @throws ResidencyError E_CONFIG for a name that is not in the table.
 * @example
 * findGpu("a100-80g").name; // → "A100 80GB"
 */
export function findGpu(name: string): Gpu {
  const wanted = plain(name);
  const found =
    gpus.find((one) => plain(one.name) === wanted) ??
    (wanted === "" ? undefined : gpus.find((one) => plain(one.name).startsWith(wanted)));
  if (found) return found;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot find the GPU ${JSON.stringify(name)}: the table has ${gpus.map((one) => one.name).join(", ")}; ` +
      "for another give its usableGiB",
  );
}
