/** Figures that a notebook left in `metrics.json`, for the table on top of its report. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { metricLabel } from "../report/metric-label.ts";

/** Reads the names and values that the run wrote, nested ones as `base · loss`; an older file, or none, gives no rows. */
export async function readMetrics(folder: string, sinceMs: number): Promise<[string, string | number][]> {
  const file = path.join(folder, "metrics.json");
  const written = await stat(file).catch(() => undefined);
  // File systems keep coarser times than the clock does.
  if (!written || written.mtimeMs < sinceMs - 2000) return [];
  return rowsOf("", JSON.parse(await readFile(file, "utf8")));
}

function rowsOf(name: string, value: unknown): [string, string | number][] {
  if (typeof value === "number")
    return [[name, Number.isInteger(value) ? value : Number(value.toPrecision(4))]];
  if (typeof value === "string") return [[name, value]];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    rowsOf(name === "" ? metricLabel(key) : `${name} · ${metricLabel(key)}`, inner),
  );
}
