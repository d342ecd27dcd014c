/** Exercises of the course: untouched they give nothing, solved all points, and each wrong solution is caught (`npm run test:course`). */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parsePercent, proveSource, type NotebookSource } from "../../grader/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const folder = path.join(repositoryRoot, "notebooks");
const extension = ".nb.ts";

const names = readdirSync(folder)
  .filter((file) => file.endsWith(extension))
  .map((file) => file.slice(0, -extension.length));
const sourceOf = async (name: string): Promise<NotebookSource> =>
  parsePercent(name, await readFile(path.join(folder, `${name}${extension}`), "utf8"));

describe("course exercises", function () {
  this.timeout(900_000);
  this.slow(60_000);
  for (const name of names) {
    it(`of ${name} are proven`, async () => {
      const { findings } = await proveSource(await sourceOf(name));
      assert.deepEqual(findings, []);
    });
  }

  it("that are graded by their tests are sixty or more", async () => {
    const sources = await Promise.all(names.map(sourceOf));
    const count = sources.flatMap(({ cells }) => cells).filter(({ kind }) => kind === "exercise").length;
    assert.ok(count >= 60, `${count} exercises`);
  });
});
