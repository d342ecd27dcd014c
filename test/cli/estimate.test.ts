/** Tests of `residency estimate`. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { estimateMemory, type ConfigSource } from "../../lib/memory/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const intern = path.join(repositoryRoot, "assets/intern");

interface End {
  code: number;
  stdout: string;
  stderr: string;
}

async function estimate(...args: string[]): Promise<End> {
  const command = [path.join(repositoryRoot, "dist/cli/main.js"), "estimate", ...args];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, command)) };
  } catch (error) {
    const { code, stdout, stderr } = error as End;
    return { code, stdout, stderr };
  }
}

describe("residency estimate", () => {
  it("prints its help", async () => {
    const { code, stdout } = await estimate("--help");
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: residency estimate/);
  });

  it("shows every method when none is asked for", async () => {
    const { code, stdout } = await estimate(intern);
    assert.equal(code, 0);
    assert.match(stdout, /^llama, 5,704,960 parameters/);
    for (const method of ["full", "lora", "qlora", "inference"]) {
      assert.match(stdout, new RegExp(`^${method} +\\d`, "m"));
    }
  });

  it("prints the library's ledger as JSON when a method is asked for", async () => {
    const options = [
      "--method",
      "lora",
      "--batch",
      "2",
      "--seq",
      "64",
      "--lora-rank",
      "4",
      "--lora-dropout",
      "0.1",
    ];
    const { code, stdout } = await estimate(
      path.join(intern, "config.json"),
      ...options,
      ...["--target-modules", "q_proj,v_proj", "--checkpointing", "--json"],
    );
    assert.equal(code, 0);
    const printed = JSON.parse(stdout) as { totalBytes: number; trainableParameters: number };
    const own = estimateMemory(
      JSON.parse(await readFile(path.join(intern, "config.json"), "utf8")) as ConfigSource,
      {
        method: "lora",
        batch: 2,
        seq: 64,
        loraRank: 4,
        loraDropout: 0.1,
        targetModules: ["q_proj", "v_proj"],
        checkpointing: true,
      },
    );
    assert.deepEqual(
      [printed.totalBytes, printed.trainableParameters],
      [own.totalBytes, own.trainableParameters],
    );
  });

  it("answers yes or no when a GPU is named", async () => {
    const { code, stdout } = await estimate(intern, "--gpu", "T4");
    assert.equal(code, 0);
    assert.match(stdout, /^yes: full needs .* of the 14\.6 GiB of the T4$/m);
  });

  it("says what is wrong when the model is missing, unreadable or an option is not allowed", async () => {
    const ends = await Promise.all([
      estimate(),
      estimate("microsoft/phi-2"),
      estimate(path.join(intern, "model.safetensors")),
      estimate(intern, "--batch", "two"),
      estimate(intern, "--gpu", "TPU"),
    ]);
    assert.deepEqual(
      ends.map(({ code }) => code),
      [2, 1, 1, 1, 1],
    );
    assert.match(ends[0].stderr, /give one config\.json or folder/);
    assert.match(ends[1].stderr, /cannot find microsoft\/phi-2: .*huggingface\.co/);
    assert.match(ends[2].stderr, /cannot read .*model\.safetensors/);
    assert.match(ends[3].stderr, /--batch two: give a whole number/);
    assert.match(ends[4].stderr, /Cannot find the GPU "TPU"/);
  });
});
