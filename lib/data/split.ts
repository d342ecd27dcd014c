/** Divides rows into two parts by number, or by groups that must not be divided. */
import { ResidencyError } from "../errors.ts";
import type { Column } from "./columns.ts";
import type { RandomDraws } from "../random.ts";

/** How a data set is split. */
export interface TrainTestSplitOptions<T = unknown> {
  /** A fraction between 0 and 1, or a whole number of rows. */
  testSize: number;
  /** Seed of the shuffle before the split. */
  seed?: number;
  /** The column or function whose equal values stay in one part, such as a patient's id; parts are then of about testSize. */
  groupBy?: Column<T> | ((row: T) => unknown);
}

/** The number of rows to test with, from a fraction or a number; throws E_CONFIG when a part would be empty. */
export function splitCounts(length: number, testSize: number): number {
  const count = testSize < 1 ? Math.ceil(testSize * length) : testSize;
  if (Number.isInteger(count) && count >= 1 && count < length) return count;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot split ${length} rows with testSize ${testSize}: give a fraction between 0 and 1 or a whole ` +
      "number, so that both parts have a row",
  );
}

/**
 * Indices of both parts: whole groups, in a random order, go to the test part until it has at least `count` rows.
 *
 * @throws ResidencyError E_CONFIG when that leaves no group to train with.
 */
export function splitGroups(
  keys: readonly unknown[],
  count: number,
  random: RandomDraws,
): { train: number[]; test: number[] } {
  const groups = new Map<unknown, number[]>();
  keys.forEach((key, index) => {
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  });
  const test: number[] = [];
  const train: number[] = [];
  for (const group of random.shuffle([...groups.values()]))
    (test.length < count ? test : train).push(...group);
  if (train.length > 0) return { train: random.shuffle(train), test: random.shuffle(test) };
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot split ${keys.length} rows in ${groups.size} groups so that both parts have one: choose a smaller testSize`,
  );
}
