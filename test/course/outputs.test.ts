/** Saved outputs: every course notebook runs to its end, and gives what is saved in it, within the stated tolerance (`npm run test:course`). */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { runCourseNotebook } from "../../cli/release/index.ts";
import { compareOutputs, hasOutputs } from "../../grader/index.ts";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const folder = path.join(repositoryRoot, "notebooks");
const silent = { cellStarted: () => undefined, progress: () => undefined, cellEnded: () => undefined };

describe("course notebooks", function () {
  this.timeout(300_000);
  this.slow(60_000);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ipynb"))) {
    it(`${file} gives its saved outputs when it is run`, async () => {
      const saved = parseNotebook(await readFile(path.join(folder, file), "utf8"));
      assert.ok(hasOutputs(saved), "it was not run: npm run notebooks");
      const { notebook, problem } = await runCourseNotebook(path.join(folder, file), silent);
      assert.equal(problem, undefined);
      assert.deepEqual(compareOutputs(saved, notebook), []);
    });
  }
});
