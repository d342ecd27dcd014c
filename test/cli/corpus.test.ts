/** `residency corpus` writes what ships. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../support/paths.ts";

const run = promisify(execFile);
const main = path.join(repositoryRoot, "dist/cli/main.js");

describe("residency corpus", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "residency-corpus-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("writes the shipped files byte for byte when no seed is given", async () => {
    await run(process.execPath, [main, "corpus", "--out", folder]);
    for (const name of [
      "clinical/notes.jsonl",
      "clinical/train.jsonl",
      "clinical/heldout.jsonl",
      "tokenizer/tokenizer.json",
      "tokenizer/tokenizer_config.json",
    ]) {
      const [written, shipped] = await Promise.all([
        readFile(path.join(folder, name)),
        readFile(path.join(repositoryRoot, "assets", name)),
      ]);
      assert.ok(written.equals(shipped), name);
    }
  });

  it("exits with 2 and says what is allowed when the seed is no number", async () => {
    await assert.rejects(run(process.execPath, [main, "corpus", "--out", folder, "--seed", "x"]), {
      code: 2,
      stderr: /whole number/,
    });
  });

  it("explains itself when asked", async () => {
    const { stdout } = await run(process.execPath, [main, "corpus", "--help"]);
    assert.match(stdout, /Usage: residency corpus/);
  });
});
