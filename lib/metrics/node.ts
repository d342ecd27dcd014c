/** Writes the figures of a run where other programs look for them. */
import { path } from "../files/index.ts";
import { writeFileAtomically } from "../hub/index.ts";

/**
 * Writes `metrics.json` into a folder, which is made if need be, and gives the file's path.
 *
 * @example
 * saveMetrics("out", { rougeL: 0.42 }); // → "out/metrics.json"
 */
export function saveMetrics(folder: string, metrics: object): string {
  const file = path.join(folder, "metrics.json");
  writeFileAtomically(file, `${JSON.stringify(metrics, null, 2)}\n`);
  return file;
}
