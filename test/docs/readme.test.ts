/** The README tells the truth: its commands run in a clean folder, its program compiles and trains, its links lead somewhere. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../support/paths.ts";
import { copyWorkingTree } from "../support/working-tree.ts";

const run = promisify(execFile);

/** The content of the fenced blocks of one language, in order. */
function fencedBlocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , content = ""]) => content);
}

/** Commands that this suite does not run itself, and why that is no gap. */
const runElsewhere = new Set([
  "npm test", // what runs this file
]);

/** What each command leaves behind, relative to the clean folder, `~` being the user's folder. */
const leaves: Record<string, readonly string[]> = {
  "npm ci": ["node_modules/zeromq/package.json", "dist/cli/main.js"],
  "npm start": ["report.html", "notebook.ipynb", "metrics.json", "adapter/adapter_config.json"].map(
    (name) => `out/clinical-sft/${name}`,
  ),
  "npx residency kernel install --user": ["~/share/jupyter/kernels/residency/kernel.json"],
  "npx residency release --check --only 03": [],
  "npx residency grade exercises/03-next-token-prediction.ipynb --output out/grades": ["out/grades"],
  "npm run book": ["out/book/index.html"],
};

describe("README", function () {
  this.timeout(300_000);
  this.slow(120_000);
  let folder: string;
  let text: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "residency-readme-"));
    text = await readFile(path.join(repositoryRoot, "README.md"), "utf8");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("has no placeholder, and its local links lead to files", () => {
    assert.doesNotMatch(text, /@@|TODO/);
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link = ""]) => link);
    assert.ok(links.length > 0);
    assert.deepEqual(
      links.filter((link) => !existsSync(path.join(repositoryRoot, link))),
      [],
    );
  });

  it("shows commands that work in a clean folder when they are run in order", async () => {
    const clone = path.join(folder, "clone");
    const home = path.join(folder, "home");
    await Promise.all([mkdir(clone), mkdir(home)]);
    await copyWorkingTree(clone);
    const commands = fencedBlocks(text, "sh")
      .flatMap((block) => block.trim().split("\n"))
      .filter((command) => !runElsewhere.has(command));
    assert.deepEqual(commands, Object.keys(leaves));
    const env = {
      ...process.env,
      RESIDENCY_FAST: "1",
      XDG_DATA_HOME: path.join(home, "share"),
      JUPYTER_DATA_DIR: "",
    };
    for (const command of commands) {
      await run("bash", ["-euo", "pipefail", "-c", command], { cwd: clone, env, maxBuffer: 2 ** 26 });
      for (const file of leaves[command] ?? []) {
        const place = file.startsWith("~") ? path.join(home, file.slice(2)) : path.join(clone, file);
        assert.ok(existsSync(place), `${command} leaves ${file}`);
      }
    }
  });

  it("says what the fast run reports when the commands above have run", async () => {
    const file = path.join(folder, "clone/out/clinical-sft/metrics.json");
    const metrics = JSON.parse(await readFile(file, "utf8")) as Record<
      "base" | "tuned",
      { loss: number; tokenF1: number }
    >;
    assert.ok(metrics.tuned.loss < metrics.base.loss / 2);
    assert.ok(metrics.tuned.tokenF1 > metrics.base.tokenF1);
  });

  it("has a program that compiles, trains and saves when it stands in a project of its own", async () => {
    const program = fencedBlocks(text, "ts").find((block) => block.includes("new SFTTrainer")) ?? "";
    const clone = path.join(folder, "clone");
    const compile = async (name: string, source: string): Promise<void> => {
      await writeFile(path.join(clone, `${name}.ts`), source);
      const compiler = path.join(clone, "node_modules/typescript/bin/tsc");
      const flags = ["--ignoreConfig", "--strict", "--skipLibCheck", "--target", "ES2023"];
      await run(
        process.execPath,
        [compiler, ...flags, "--module", "NodeNext", "--types", "node", `${name}.ts`],
        { cwd: clone },
      );
    };
    await compile("program", program);
    await run(process.execPath, ["program.js"], { cwd: clone });
    assert.ok(existsSync(path.join(clone, "out/adapter/adapter_model.safetensors")));

    const wrongName = program.replace('"q_proj"', '"Wqkv"');
    assert.notEqual(wrongName, program);
    await assert.rejects(compile("wrong-name", wrongName), (error: { stdout: string }) =>
      /error TS2345/.test(error.stdout),
    );
  });
});
