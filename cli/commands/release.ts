/** `residency release`: generates the course notebooks, exercise sheets and solutions from their sources, and proves the exercises. */
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { releaseFolder, releaseTranslation, translationLanguages } from "../../grader/index.ts";
import type { TranslationRelease } from "../../grader/index.ts";
import { proofText, proveFolder, saveOutputs } from "../release/index.ts";
import { showRun } from "../run/index.ts";

const help = `Usage: residency release [--run [--again]] [--check [--no-proof]] [--only WORD]… [--root DIR] [--json]

Generates from notebooks/NN-name.nb.ts:
  notebooks/NN-name.ipynb   the course notebook; exercises appear as text with a link
  exercises/NN-name.ipynb   what a student hands in: no solution, no hidden test (nbgrader schema 3)
  solutions/NN-name.ipynb   solutions and hidden tests, which "residency grade" restores from
and, for each notebooks/i18n/LANGUAGE.json ("residency translate"), notebooks/LANGUAGE and exercises/LANGUAGE: the same cells, with
text in that language where it is translated.

  --check      write nothing; exit with 1 when a generated file is stale, missing or left over, or when an exercise is
               not proven: untouched it gets 0 points, solved all, and each mutant fails at the check that it names
  --run        run the course notebooks that have no outputs, and save their outputs in them
  --again      with --run: those that have outputs, too
  --only WORD  run and prove only the notebooks whose name holds the word
  --no-proof   compare files only
  --jobs N     notebooks that are proven at once (default: half of the cores, at most 4)
  --root DIR   the folder that holds notebooks/ (default: the current one)
  --json       print { files, stale, orphans, translations, proofs }
`;

/** Runs the command; exits with 0 when everything is written, or under --check when nothing was stale and all is proven. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      check: { type: "boolean" },
      run: { type: "boolean" },
      again: { type: "boolean" },
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
  const english = await releaseFolder(root, { check });
  const wants = (name: string): boolean => values.only?.some((word) => name.includes(word)) ?? true;
  const proofs = check && !values["no-proof"] ? await proveFolder(root, wants, jobs) : [];
  const failed =
    values.run && !check ? await runCourse(root, wants, values.again ?? false) : new Map<string, string>();
  // After the run, since translated notebooks show the outputs of the English ones.
  const translations: TranslationRelease[] = [];
  for (const language of await translationLanguages(root))
    translations.push(await releaseTranslation(root, language, { check }));
  const result = {
    files: [english, ...translations].flatMap(({ files }) => files),
    stale: [english, ...translations].flatMap(({ stale }) => stale),
    orphans: [english, ...translations].flatMap(({ orphans }) => orphans),
  };
  if (values.json) {
    const counts = translations.map(({ language, cells, translated, staleCells }) => ({
      ...{ language, cells, translated, stale: staleCells },
    }));
    process.stdout.write(
      `${JSON.stringify({ ...result, translations: counts, ...(check && { proofs }) })}
`,
    );
  } else {
    for (const file of result.stale)
      process.stdout.write(`${check ? "stale" : "wrote"} ${file}
`);
    for (const file of result.orphans)
      process.stdout.write(`${check ? "left over" : "removed"} ${file}
`);
    process.stdout.write(`${result.files.length} generated files, ${result.stale.length} stale
`);
    for (const { language, cells, translated, staleCells } of translations)
      process.stdout.write(`${language}: ${translated} of ${cells} cells translated, ${staleCells} stale
`);
    if (proofs.length > 0) process.stdout.write(proofText(proofs));
  }
  for (const [name, problem] of failed)
    process.stderr.write(`residency release: ${name} fails at ${problem}
`);
  if (failed.size > 0) return 1;
  const stale = result.stale.length + result.orphans.length;
  if (check && stale > 0 && !values.json) {
    process.stderr.write("residency release: run `residency release` and commit what it writes\n");
  }
  return check && (stale > 0 || proofs.some(({ findings }) => findings.length > 0)) ? 1 : 0;
}

/** Runs the course notebooks and saves their outputs; gives those that did not run to their end, with the place. */
async function runCourse(
  root: string,
  wants: (name: string) => boolean,
  again: boolean,
): Promise<Map<string, string>> {
  const screen = showRun(process.stderr);
  const results = await saveOutputs(root, { wants, again, listenerOf: () => screen });
  screen.close();
  return new Map([...results].flatMap(([name, problem]) => (problem ? [[name, problem] as const] : [])));
}
