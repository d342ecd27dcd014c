/** Figures of a run beside its loss: read from the backend together, and averaged over the items between two log entries. */
import * as tf from "@tensorflow/tfjs-core";

/** Figures by name: what each adds up to, and over how many items. */
export type FigureSums = Record<string, { sum: number; count: number }>;

/** The values of scalars, which are disposed of. */
export async function readScalars(scalars: readonly tf.Scalar[]): Promise<number[]> {
  const values = await Promise.all(scalars.map(async (scalar) => (await scalar.data())[0]!));
  tf.dispose([...scalars]);
  return values;
}

/** Gathers sums of figures, and gives their means an item since the last time. */
export function metricMeans(): {
  add(figures: Readonly<FigureSums>): void;
  take(): { metrics?: Readonly<Record<string, number>> };
} {
  let total: FigureSums = {};
  return {
    add(figures) {
      for (const [name, { sum, count }] of Object.entries(figures)) {
        const before = total[name] ?? { sum: 0, count: 0 };
        total[name] = { sum: before.sum + sum, count: before.count + count };
      }
    },
    take() {
      const means = Object.entries(total)
        .filter(([, { count }]) => count > 0)
        .map(([name, { sum, count }]) => [name, sum / count] as const);
      total = {};
      return means.length > 0 ? { metrics: Object.fromEntries(means) } : {};
    },
  };
}
