/** A plain table for the terminal. */

/** Lays rows out in columns as wide as their widest cell; numbers are right-aligned. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => String(line[column] ?? "").length)));
  const layOut = (line: readonly (string | number)[]) =>
    widths
      .map((width, column) => {
        const value = line[column] ?? "";
        return typeof value === "number" ? String(value).padStart(width) : value.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [layOut(head), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(layOut)].join("\n");
}
