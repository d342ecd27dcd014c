/** Figures that a notebook left in `metrics.json`, for the table on top of its report. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";

/** Reads the flat object of names and values that the run wrote; an older file, or none, gives no rows. */
export async function readMetrics(folder: string, sinceMs: number): Promise<[string, string | number][]> {
  const file = path.join(folder, "metrics.json");
  const written = await stat(file).catch(() => undefined);
  // File systems keep coarser times than the clock does.
  if (!written || written.mtimeMs < sinceMs - 2000) return [];
  const value: unknown = JSON.parse(await readFile(file, "utf8"));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, figure]: [string, unknown]) =>
    typeof figure === "number" || typeof figure === "string"
      ? [[name, rounded(figure)] as [string, string | number]]
      : [],
  );
}

function rounded(figure: string | number): string | number {
  return typeof figure === "string" || Number.isInteger(figure) ? figure : Number(figure.toPrecision(4));
}
