/** Small notebooks for tests. */
import type { Cell, Notebook } from "../../kernel/notebook/index.ts";

/** A notebook of code cells with the given sources; a source that starts with `#` becomes a text cell. */
export function notebookOf(...sources: string[]): Notebook {
  const cells = sources.map((source, index): Cell => {
    const base = { id: `cell-${index}`, metadata: {}, source };
    return source.startsWith("#")
      ? { ...base, cell_type: "markdown" }
      : { ...base, cell_type: "code", execution_count: null, outputs: [] };
  });
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: "residency", display_name: "TypeScript (Residency)", language: "typescript" },
    },
    cells,
  };
}
