/** Runs course notebooks and saves their outputs in them, so that they can be read where no kernel is. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { hasOutputs, writeAtomically } from "../../grader/index.ts";
import { parseNotebook, serializeNotebook, type Notebook } from "../../kernel/notebook/index.ts";
import { runNotebook, type RunListener, type RunOutcome } from "../run/index.ts";

/** Options of `saveOutputs`. */
export interface SaveOutputsOptions {
  /** Which notebooks, by name; all when left out. */
  wants: (name: string) => boolean;
  /** Whether notebooks that have outputs are run again. */
  again: boolean;
  /** Called when a notebook starts. */
  listenerOf: (name: string) => RunListener;
}

/** What became of each notebook that was run: undefined, or why it did not run to its end. */
export type SavedOutputs = Map<string, string | undefined>;

/** Runs the notebooks of `root/notebooks` and writes each that runs to its end; a failed one stays as it was. */
export async function saveOutputs(
  root: string,
  { wants, again, listenerOf }: SaveOutputsOptions,
): Promise<SavedOutputs> {
  const results: SavedOutputs = new Map();
  const folder = path.join(root, "notebooks");
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".ipynb")).sort()) {
    const name = file.slice(0, -".ipynb".length);
    const target = path.join(folder, file);
    if (!wants(name)) continue;
    if (!again && hasOutputs(parseNotebook(await readFile(target, "utf8")))) continue;
    const { notebook, problem } = await runCourseNotebook(target, listenerOf(name));
    results.set(name, problem);
    if (problem === undefined) await writeAtomically(target, serializeNotebook(notebook));
  }
  return results;
}

/** Runs a course notebook with an output folder of its own, and says what kept it from its end. */
export async function runCourseNotebook(
  file: string,
  listener: RunListener,
): Promise<{ notebook: Notebook; problem: string | undefined; usage: RunOutcome["usage"] }> {
  const output = await mkdtemp(path.join(tmpdir(), "residency-outputs-"));
  try {
    const { notebook, status, failure, usage } = await runNotebook(file, {
      listener,
      // A busy machine is no reason to save a figure without its picture.
      env: { RESIDENCY_OUTPUT: output, RESIDENCY_FIGURE_TIMEOUT_MS: "120000" },
    });
    const problem =
      status === "ok" ? undefined : `${failure?.place.title ?? ""}: ${failure?.evalue ?? status}`;
    return { notebook, problem, usage };
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
