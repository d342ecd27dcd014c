/** Releases a project folder: every notebook source in, every generated notebook out, or a list of what is stale. */
import { readFile, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { parseNotebook, serializeNotebook } from "../../kernel/notebook/index.ts";
import { writeAtomically } from "../files.ts";
import { parsePercent } from "../percent/index.ts";
import { buildNotebook, hasExercises } from "./build.ts";
import { assertNoLeak } from "./leak.ts";
import { withOutputsOf, withoutOutputs } from "./outputs.ts";

/** What `releaseFolder` found and did; paths are relative to the root. */
export interface ReleaseResult {
  /** Every file that the sources give. */
  files: string[];
  /** Those whose cells on disk differed or were missing; written unless `check`, with saved outputs where no code has changed. */
  stale: string[];
  /** Generated files whose source is gone; removed unless `check`. */
  orphans: string[];
}

/** The text of every file that one notebook source gives, by path relative to the root. Throws `E_PERCENT`, `E_RELEASE`. */
export function releaseSource(name: string, text: string): Map<string, string> {
  const source = parsePercent(name, text);
  const files = new Map<string, string>();
  const course = buildNotebook(source, "course");
  assertNoLeak(name, text, course);
  files.set(`notebooks/${name}.ipynb`, serializeNotebook(course));
  if (hasExercises(source)) {
    const exercise = buildNotebook(source, "exercise");
    assertNoLeak(name, text, exercise);
    files.set(`exercises/${name}.ipynb`, serializeNotebook(exercise));
    files.set(`solutions/${name}.ipynb`, serializeNotebook(buildNotebook(source, "solution")));
  }
  return files;
}

/** Generates notebooks/, exercises/ and solutions/ under `root`; with `check`, writes nothing and only compares. */
export async function releaseFolder(root: string, options: { check?: boolean } = {}): Promise<ReleaseResult> {
  const wanted = new Map<string, string>();
  for (const file of (await readdir(path.join(root, "notebooks"))).sort()) {
    if (!file.endsWith(".nb.ts")) continue;
    const text = await readFile(path.join(root, "notebooks", file), "utf8");
    for (const [target, content] of releaseSource(file.slice(0, -".nb.ts".length), text)) {
      wanted.set(target, content);
    }
  }
  const stale: string[] = [];
  for (const [target, content] of wanted) {
    const present = await readFile(path.join(root, target), "utf8").catch(() => undefined);
    if (present === content || (target.startsWith("notebooks/") && cellsOf(present) === content)) continue;
    stale.push(target);
    if (options.check !== true) {
      const kept = target.startsWith("notebooks/") ? withSavedOutputs(content, present) : content;
      await writeAtomically(path.join(root, target), kept);
    }
  }
  const orphans = (await generatedFiles(root)).filter((file) => !wanted.has(file));
  if (options.check !== true) {
    for (const file of orphans) await rm(path.join(root, file));
  }
  return { files: [...wanted.keys()], stale, orphans };
}

/** A course notebook with the outputs that its earlier state on disk has, so that a new text asks for no new run. */
function withSavedOutputs(content: string, present: string | undefined): string {
  if (present === undefined) return content;
  try {
    return serializeNotebook(withOutputsOf(parseNotebook(content), parseNotebook(present)));
  } catch {
    return content; // The earlier state is damaged.
  }
}

/** A course notebook on disk without the outputs that a run has saved in it; undefined when it is none. */
function cellsOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return serializeNotebook(withoutOutputs(parseNotebook(text)));
  } catch {
    return undefined; // Damaged, and so to be written anew.
  }
}

async function generatedFiles(root: string): Promise<string[]> {
  const files: string[] = [];
  for (const folder of ["notebooks", "exercises", "solutions"]) {
    const names = await readdir(path.join(root, folder)).catch(() => []);
    files.push(...names.filter((name) => name.endsWith(".ipynb")).map((name) => `${folder}/${name}`));
  }
  return files.sort();
}
