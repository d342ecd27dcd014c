/** `residency corpus` writes what ships. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { repositoryRoot } from "../support/paths.ts";

const run = promisify(execFile);
const main = path.join(repositoryRoot, "dist/cli/main.js");
const assets = path.join(repositoryRoot, "assets");

describe("residency corpus", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "residency-corpus-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("writes the shipped files' first lines byte for byte when fewer patients are asked for", async () => {
    const out = path.join(folder, "shipped");
    const { stdout } = await run(process.execPath, [
      main,
      "corpus",
      "--patients",
      "150",
      "--out",
      out,
      "--json",
    ]);
    const { files } = JSON.parse(stdout) as { files: { file: string; rows: number }[] };
    assert.deepEqual(
      files.map(({ file }) => path.basename(file)),
      ["notes.jsonl", "train.jsonl", "validation.jsonl", "test.jsonl"],
    );
    assert.equal(files[0]!.rows, 150);
    for (const { file, rows } of files) {
      const written = await readFile(file, "utf8");
      const shipped = gunzipSync(
        await readFile(path.join(assets, "corpus", `${path.basename(file)}.gz`)),
      ).toString();
      assert.ok(written !== "" && shipped.startsWith(written), file);
      assert.equal(written.split("\n").length - 1, rows);
    }
  });

  it("writes packed files with the same rows when gzip is asked for, and leaves nothing else behind", async () => {
    const [plain, packed] = [path.join(folder, "plain"), path.join(folder, "packed")];
    const some = ["corpus", "--patients", "30", "--seed", "4", "--length", "short"];
    await run(process.execPath, [main, ...some, "--out", plain]);
    await run(process.execPath, [main, ...some, "--out", packed, "--gzip"]);
    assert.deepEqual(
      (await readdir(packed)).sort(),
      (await readdir(plain)).map((name) => `${name}.gz`).sort(),
    );
    for (const name of await readdir(plain)) {
      const unpacked = gunzipSync(await readFile(path.join(packed, `${name}.gz`)));
      assert.ok(unpacked.equals(await readFile(path.join(plain, name))), name);
    }
  });

  it("exits with 2 and says what is allowed when an option has a wrong value", async () => {
    for (const [option, value, message] of [
      ["--seed", "x", /whole number/],
      ["--patients", "0", /at least 1/],
      ["--length", "huge", /short, standard, long/],
      ["--unanswerable", "3", /share from 0 to 1/],
    ] as const) {
      await assert.rejects(run(process.execPath, [main, "corpus", "--out", folder, option, value]), {
        code: 2,
        stderr: message,
      });
    }
  });

  it("exits with 1 and the reason when the folder cannot be written", async () => {
    const out = path.join(main, "corpus");
    await assert.rejects(run(process.execPath, [main, "corpus", "--patients", "3", "--out", out]), {
      code: 1,
      stderr: /Cannot write/,
    });
  });

  it("explains itself when asked", async () => {
    const { stdout } = await run(process.execPath, [main, "corpus", "--help"]);
    assert.match(stdout, /Usage: residency corpus/);
  });
});
