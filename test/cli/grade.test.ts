/** `residency grade` and `residency release` as processes: exit codes, tables, files. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { repositoryRoot } from "../support/paths.ts";

function call(cwd: string, ...args: string[]) {
  const main = path.join(repositoryRoot, "dist/cli/main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("residency grade", () => {
  const solutions = path.join(repositoryRoot, "solutions");
  let folder: string;
  let submission: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "residency-grade-"));
    submission = "ada/03-next-token-prediction.ipynb";
    await mkdir(path.join(folder, "ada"));
    await writeFile(path.join(folder, submission), "not a notebook");
  });
  after(() => rm(folder, { recursive: true }));

  it("gives 0 points and exit code 1 for a file that cannot be graded, and says that nothing is sandboxed", () => {
    const { status, stdout, stderr } = call(folder, "grade", submission, "--solutions", solutions);
    assert.equal(status, 1);
    assert.match(stdout, /total +0\/16/);
    assert.match(stderr, /not sandboxed/);
  });

  it("prints reports as JSON and writes a report and feedback for each submission", async () => {
    const args = ["--solutions", solutions, "--json", "--output", "marks"];
    const [report] = JSON.parse(call(folder, "grade", submission, ...args).stdout) as [
      Record<string, unknown>,
    ];
    assert.equal(report["sandboxed"], false);
    assert.equal(report["points"], 0);
    assert.deepEqual((await readdir(path.join(folder, "marks"))).sort(), [
      "ada__03-next-token-prediction.feedback.md",
      "ada__03-next-token-prediction.json",
    ]);
    const feedback = await readFile(
      path.join(folder, "marks/ada__03-next-token-prediction.feedback.md"),
      "utf8",
    );
    assert.match(feedback, /\*\*0 of 16 points\*\*/);
  });

  it("refuses a call without a submission", () => {
    assert.equal(call(folder, "grade").status, 2);
    assert.equal(call(folder, "grade", "--help").status, 0);
  });
});

describe("residency release", () => {
  it("exits with 1 under --check while a generated file is stale, and with 0 once it is written", async () => {
    const root = await mkdtemp(path.join(tmpdir(), "residency-release-"));
    try {
      await mkdir(path.join(root, "notebooks"));
      await writeFile(
        path.join(root, "notebooks/01-plain.nb.ts"),
        "// %% [markdown]\n// # Plain\n// %%\n1;\n",
      );
      const stale = call(root, "release", "--check");
      assert.equal(stale.status, 1);
      assert.equal(stale.stdout, "stale notebooks/01-plain.ipynb\n1 generated files, 1 stale\n");
      assert.equal(call(root, "release").status, 0);
      assert.equal(
        call(root, "release", "--check", "--json").stdout,
        '{"files":["notebooks/01-plain.ipynb"],"stale":[],"orphans":[],"translations":[],"proofs":[]}\n',
      );
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
