/** `residency release`: generates the course notebooks, exercise sheets and solutions from their sources. */
import path from "node:path";
import { parseArgs } from "node:util";
import { releaseFolder } from "../../grader/index.ts";

const help = `Usage: residency release [--check] [--root DIR] [--json]

Generates from notebooks/NN-name.nb.ts:
  notebooks/NN-name.ipynb   the course notebook; exercises appear as text with a link
  exercises/NN-name.ipynb   what a student hands in: no solution, no hidden test (nbgrader schema 3)
  solutions/NN-name.ipynb   solutions and hidden tests, which "residency grade" restores from

  --check      write nothing; exit with 1 when a generated file is stale, missing or left over
  --root DIR   the folder that holds notebooks/ (default: the current one)
  --json       print { files, stale, orphans }
`;

/** Runs the command; exits with 0 when everything is written, or under --check when nothing was stale. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      check: { type: "boolean" },
      root: { type: "string", default: "." },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const check = values.check ?? false;
  const result = await releaseFolder(path.resolve(values.root), { check });
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    for (const file of result.stale) process.stdout.write(`${check ? "stale" : "wrote"} ${file}\n`);
    for (const file of result.orphans) process.stdout.write(`${check ? "left over" : "removed"} ${file}\n`);
    process.stdout.write(`${result.files.length} generated files, ${result.stale.length} stale\n`);
  }
  const stale = result.stale.length + result.orphans.length;
  if (check && stale > 0 && !values.json) {
    process.stderr.write("residency release: run `residency release` and commit what it writes\n");
  }
  return check && stale > 0 ? 1 : 0;
}
