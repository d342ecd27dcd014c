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

/** Adds figures to sums. */
export function addFigures(sums: FigureSums, figures: Readonly<FigureSums>): void {
  for (const [name, { sum, count }] of Object.entries(figures)) {
    const before = sums[name] ?? { sum: 0, count: 0 };
    sums[name] = { sum: before.sum + sum, count: before.count + count };
  }
}

/** Gathers sums of figures, and gives their means an item since the last time; `start` is what it goes on from. */
export function metricMeans(start: Readonly<FigureSums> = {}): {
  add(figures: Readonly<FigureSums>): void;
  take(): { metrics?: Readonly<Record<string, number>> };
  /** What has been added since the last time, to go on from. */
  sums(): FigureSums;
} {
  let total: FigureSums = { ...start };
  return {
    add: (figures) => addFigures(total, figures),
    take() {
      const means = Object.entries(total)
        .filter(([, { count }]) => count > 0)
        .map(([name, { sum, count }]) => [name, sum / count] as const);
      total = {};
      return means.length > 0 ? { metrics: Object.fromEntries(means) } : {};
    },
    sums: () => ({ ...total }),
  };
}
