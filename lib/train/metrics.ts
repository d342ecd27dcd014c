/** Figures of a run beside its loss: read from the backend together, and averaged over the items between two log entries. */
import * as tf from "@tensorflow/tfjs-core";

/** The values of scalars, which are disposed of. */
export async function readScalars(scalars: readonly tf.Scalar[]): Promise<number[]> {
  const values = await Promise.all(scalars.map(async (scalar) => (await scalar.data())[0]!));
  tf.dispose([...scalars]);
  return values;
}

/** Values under their names. */
export const named = (names: readonly string[], values: readonly number[]): Record<string, number> =>
  Object.fromEntries(names.map((name, index) => [name, values[index]!]));

/** Sums of figures over the items since the last log entry. */
export interface MetricSums {
  total: Record<string, number>;
  items: number;
}

/** Gathers sums of figures, and gives their means an item since the last time. */
export function metricMeans(start: MetricSums = { total: {}, items: 0 }): {
  add(sums: Readonly<Record<string, number>>, items: number): void;
  take(): { metrics?: Readonly<Record<string, number>> };
  /** What has been added since the last time, to go on from. */
  sums(): MetricSums;
} {
  let { total, items: count } = start;
  return {
    add(sums, items) {
      for (const [name, sum] of Object.entries(sums)) total[name] = (total[name] ?? 0) + sum;
      count += items;
    },
    take() {
      const means = named(
        Object.keys(total),
        Object.values(total).map((sum) => sum / count),
      );
      total = {};
      count = 0;
      return Object.keys(means).length > 0 ? { metrics: means } : {};
    },
    sums: () => ({ total: { ...total }, items: count }),
  };
}
