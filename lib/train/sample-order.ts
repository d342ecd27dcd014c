/** The order in which an epoch takes its rows. */
import type { SeededRandom } from "../random.ts";
import type { SamplingStrategy } from "./arguments.ts";

/** How many rows group_by_length sorts at a time, in batches. */
const batchesPerGroup = 50;

/**
 * The order in which one epoch takes the rows.
 *
 * @example
 * import { seededRandom } from "residency/tensor";
 * sampleOrder([3, 1, 2], { strategy: "sequential", batchSize: 2, random: seededRandom(0) }); // → [0, 1, 2]
 */
export function sampleOrder(
  lengths: readonly number[],
  { strategy, batchSize, random }: { strategy: SamplingStrategy; batchSize: number; random: SeededRandom },
): number[] {
  const rows = lengths.map((_, row) => row);
  if (strategy === "sequential") return rows;
  const shuffled = random.shuffle(rows);
  if (strategy === "random") return shuffled;
  // Rows of like length share a batch; the batches themselves come in random order.
  const batches: number[][] = [];
  const groupSize = batchSize * batchesPerGroup;
  for (let start = 0; start < shuffled.length; start += groupSize) {
    const group = shuffled.slice(start, start + groupSize).sort((a, b) => lengths[b]! - lengths[a]!);
    for (let at = 0; at < group.length; at += batchSize) batches.push(group.slice(at, at + batchSize));
  }
  const full = batches.filter((batch) => batch.length === batchSize);
  const rest = batches.filter((batch) => batch.length < batchSize);
  return [...random.shuffle(full), ...rest].flat();
}
