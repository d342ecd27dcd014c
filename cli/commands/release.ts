/** `residency release`: generates the course notebooks, exercise sheets and solutions from their sources, and proves the exercises. */
import { readdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { parsePercent, proveSource, releaseFolder, type Proof } from "../../grader/index.ts";
import { createLiveTerminal, formatTable } from "../terminal/index.ts";

const help = `Usage: residency release [--check] [--only WORD]… [--no-proof] [--root DIR] [--json]

Generates from notebooks/NN-name.nb.ts:
  notebooks/NN-name.ipynb   the course notebook; exercises appear as text with a link
  exercises/NN-name.ipynb   what a student hands in: no solution, no hidden test (nbgrader schema 3)
  solutions/NN-name.ipynb   solutions and hidden tests, which "residency grade" restores from

  --check      write nothing; exit with 1 when a generated file is stale, missing or left over, or when an exercise is
               not proven: untouched it gets 0 points, solved all, and each mutant fails at the check that it names
  --only WORD  prove only the notebooks whose name holds the word
  --no-proof   compare files only
  --jobs N     notebooks that are proven at once (default: half of the cores, at most 4)
  --root DIR   the folder that holds notebooks/ (default: the current one)
  --json       print { files, stale, orphans, proofs }
`;

/** Runs the command; exits with 0 when everything is written, or under --check when nothing was stale and all is proven. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      check: { type: "boolean" },
      only: { type: "string", multiple: true },
      "no-proof": { type: "boolean" },
      jobs: { type: "string" },
      root: { type: "string", default: "." },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const jobs = Number(values.jobs ?? Math.min(4, Math.max(1, availableParallelism() >> 1)));
  if (!(Number.isInteger(jobs) && jobs >= 1)) {
    process.stderr.write(`residency release: --jobs is a whole number from 1\n\n${help}`);
    return 2;
  }
  const root = path.resolve(values.root);
  const check = values.check ?? false;
  const result = await releaseFolder(root, { check });
  const wants = (name: string): boolean => values.only?.some((word) => name.includes(word)) ?? true;
  const proofs = check && !values["no-proof"] ? await prove(root, wants, jobs) : [];
  if (values.json) process.stdout.write(`${JSON.stringify({ ...result, ...(check && { proofs }) })}\n`);
  else {
    for (const file of result.stale) process.stdout.write(`${check ? "stale" : "wrote"} ${file}\n`);
    for (const file of result.orphans) process.stdout.write(`${check ? "left over" : "removed"} ${file}\n`);
    process.stdout.write(`${result.files.length} generated files, ${result.stale.length} stale\n`);
    if (proofs.length > 0) process.stdout.write(proofText(proofs));
  }
  const stale = result.stale.length + result.orphans.length;
  if (check && stale > 0 && !values.json) {
    process.stderr.write("residency release: run `residency release` and commit what it writes\n");
  }
  return check && (stale > 0 || proofs.some(({ findings }) => findings.length > 0)) ? 1 : 0;
}

/** Proves the sources that have exercises, a few at a time, in the order of their names. */
async function prove(root: string, wants: (name: string) => boolean, jobs: number): Promise<Proof[]> {
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

function proofText(proofs: readonly Proof[]): string {
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
