/** Proves the exercises of all notebook sources of a folder, a few at a time. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parsePercent, proveSource, type Proof } from "../../grader/index.ts";
import { createLiveTerminal, formatTable } from "../terminal/index.ts";

/** Proves the sources that have exercises, a few at a time, in the order of their names. */
export async function proveFolder(
  root: string,
  wants: (name: string) => boolean,
  jobs: number,
): Promise<Proof[]> {
  const terminal = createLiveTerminal(process.stderr);
  const names = (await readdir(path.join(root, "notebooks")))
    .filter((file) => file.endsWith(".nb.ts"))
    .map((file) => file.slice(0, -".nb.ts".length))
    .filter(wants)
    .sort();
  const proofs: Proof[] = [];
  const left = [...names];
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const notebook = name;
      const source = parsePercent(
        notebook,
        await readFile(path.join(root, "notebooks", `${notebook}.nb.ts`), "utf8"),
      );
      if (!source.cells.some(({ kind }) => kind === "exercise")) continue;
      const proof = await proveSource(source, {
        onStep(step, count, label) {
          const text = `  ${notebook}  ${step}/${count}  ${label}`;
          terminal.status(text, text);
        },
      });
      proofs.push(proof);
      terminal.line(
        `${proof.findings.length === 0 ? "✓" : "✗"} ${notebook}: ${proof.exercises} exercises, ${proof.mutants} mutants`,
      );
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  terminal.clear();
  return proofs.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A table of proofs, and what they found. */
export function proofText(proofs: readonly Proof[]): string {
  const rows = proofs.map(({ name, exercises, points, mutants, findings }) => [
    name,
    `${exercises}`,
    `${points}`,
    `${mutants}`,
    findings.length === 0 ? "proven" : `${findings.length} problems`,
  ]);
  const sum = (of: (proof: Proof) => number): string =>
    `${proofs.reduce((total, proof) => total + of(proof), 0)}`;
  const total = [
    "total",
    sum(({ exercises }) => exercises),
    sum(({ points }) => points),
    sum(({ mutants }) => mutants),
    "",
  ];
  const table = formatTable(["notebook", "exercises", "points", "mutants", "proof"], [...rows, total]);
  const findings = proofs.flatMap((proof) =>
    proof.findings.map(
      ({ exercise, problem }) => `${proof.name}${exercise && `, ${exercise}`}: ${problem}\n`,
    ),
  );
  return `${table}\n${findings.join("")}`;
}
