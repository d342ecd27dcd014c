/** Saved outputs: every course notebook runs to its end, and gives what is saved in it, within the stated tolerance (`npm run test:course`). */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { runCourseNotebook } from "../../cli/release/index.ts";
import { compareOutputs, hasOutputs } from "../../grader/index.ts";
import { parseNotebook, type Notebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const folder = path.join(repositoryRoot, "notebooks");
const silent = { cellStarted: () => undefined, progress: () => undefined, cellEnded: () => undefined };

/** What the course may take of a laptop of two cores: minutes of processor time in all, and bytes of the kernel's processes in any notebook. */
const limits = { cpuSeconds: 30 * 60, peakBytes: 1.2e9 };
/** What the tuned model of notebook 14 has to reach on patients that nothing was trained on. */
function clinicalModelHolds(notebook: Notebook): void {
  const printed = JSON.stringify(notebook.cells);
  const [base, tuned] = ["base", "tuned"].map((name) => {
    const figures = new RegExp(
      `${name}: loss [\\d.]+, token F1 ([\\d.]+), facts right in (\\d+) of (\\d+)`,
    ).exec(printed);
    assert.ok(figures, `there are no figures of the ${name} model`);
    const [f1, right, of] = figures.slice(1).map(Number);
    return { f1: f1!, facts: right! / of! };
  });
  assert.ok(
    tuned!.f1 >= 2 * base!.f1,
    `token F1 ${base!.f1} of the base model, ${tuned!.f1} of the tuned one`,
  );
  assert.ok(tuned!.facts >= 0.6, `facts are right in ${(100 * tuned!.facts).toFixed(0)} % of the answers`);
}

describe("course notebooks", function () {
  this.timeout(900_000);
  this.slow(60_000);
  const usages: { file: string; cpuSeconds: number; peakBytes: number }[] = [];
  const wantedThreads = process.env["RESIDENCY_THREADS"];
  before(() => {
    // A thread takes memory of its own, so that the limits hold for as many as they are said for.
    process.env["RESIDENCY_THREADS"] = "2";
  });
  after(() => {
    if (wantedThreads === undefined) delete process.env["RESIDENCY_THREADS"];
    else process.env["RESIDENCY_THREADS"] = wantedThreads;
  });
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ipynb"))) {
    it(`${file} gives its saved outputs when it is run`, async () => {
      const saved = parseNotebook(await readFile(path.join(folder, file), "utf8"));
      assert.ok(hasOutputs(saved), "it was not run: npm run notebooks");
      const { notebook, problem, usage } = await runCourseNotebook(path.join(folder, file), silent);
      // This process, which has run other tests before, is the client; its peak is no part of the course.
      const ownBytes = process.resourceUsage().maxRSS * 1024;
      if (usage) usages.push({ file, ...usage, peakBytes: usage.peakBytes - ownBytes });
      assert.equal(problem, undefined);
      if (file.startsWith("14-")) clinicalModelHolds(notebook);
      assert.deepEqual(compareOutputs(saved, notebook), []);
    });
  }

  it("take under 30 minutes of processor time together, and under 1.2 GB each", function () {
    if (usages.length === 0) this.skip(); // The system does not tell.
    for (const { file, peakBytes } of usages)
      assert.ok(peakBytes < limits.peakBytes, `${file}: ${(peakBytes / 1e9).toFixed(2)} GB`);
    const cpuSeconds = usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0);
    assert.ok(cpuSeconds < limits.cpuSeconds, `${(cpuSeconds / 60).toFixed(1)} minutes`);
  });
});
