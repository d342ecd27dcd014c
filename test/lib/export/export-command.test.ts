/** `residency export`: what it tells, what it refuses, and that the gguf package reads the same values. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readCheckpoint, type StoredTensor } from "../../../lib/hub/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { readGguf } from "../../support/gguf-file.ts";
import { fixture, repositoryRoot } from "../../support/paths.ts";

const main = path.join(repositoryRoot, "dist/cli/main.js");
const intern = path.join(repositoryRoot, "assets/intern");

describe("residency export", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "residency-export-command-"));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it("says what a merge into quantised weights rounds, weight by weight", () => {
    const [model, adapter] = [fixture("models", "llama-bnb-nf4"), fixture("lora", "llama-qlora-nf4")];
    const given = ["--to", "safetensors", "--adapter", adapter, "--out", path.join(folder, "rounded")];
    const run = (...more: string[]) =>
      spawnSync(process.execPath, [main, "export", model, ...given, ...more], { encoding: "utf8" });
    const plain = run();
    assert.equal(plain.status, 0, plain.stderr);
    assert.match(plain.stdout, /\nmodel\.layers\.0\.self_attn\.q_proj: quantised again, which rounds by \d/);
    assert.doesNotMatch(plain.stderr, /W_PACKED_MERGE/);
    const { drifts } = JSON.parse(run("--json").stdout) as { drifts: { name: string; mean: number }[] };
    assert.ok(drifts.length > 0 && drifts.every(({ mean }) => mean > 0));
  });

  it("writes what the gguf package reads as the same values when the command exports q8_0", function () {
    const file = path.join(folder, "intern.gguf");
    const told = execFileSync(process.execPath, [
      main,
      "export",
      intern,
      "--to",
      "gguf",
      "--type",
      "q8_0",
      "--out",
      file,
      "--json",
    ]);
    assert.deepEqual((JSON.parse(told.toString()) as { tensors: object }).tensors, { Q8_0: 43, F32: 13 });
    const written = readGguf(file);
    const embedding = new Map<string, StoredTensor>(readCheckpoint(intern)).get(
      "model.embed_tokens.weight",
    )!.values;
    const largest = embedding.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assertClose(written.values("token_embd.weight"), embedding, (largest / 127) * 0.57);
    const python = process.env["RESIDENCY_GGUF_PYTHON"] ?? "python3";
    if (spawnSync(python, ["-c", "import gguf"]).status !== 0) {
      process.stdout.write(
        `    not compared: ${python} has no package gguf (RESIDENCY_GGUF_PYTHON names another)\n`,
      );
      this.skip();
    }
    const program = [
      "import gguf, json, sys",
      "r = gguf.GGUFReader(sys.argv[1])",
      "sums = {t.name: float(abs(gguf.quants.dequantize(t.data, t.tensor_type).astype('float64')).sum()) for t in r.tensors}",
      "names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 4)",
      "print(json.dumps([sums, r.get_field('tokenizer.ggml.tokens').contents(), names.get_name('model.layers.3.mlp.up_proj')]))",
    ].join("\n");
    const out = execFileSync(python, ["-c", program, file]).toString();
    const [sums, tokens, name] = JSON.parse(out) as [Record<string, number>, string[], string];
    assert.deepEqual(Object.keys(sums), [...written.tensors.keys()]);
    for (const [tensor, sum] of Object.entries(sums)) {
      const own = written.values(tensor).reduce((total, value) => total + Math.abs(value), 0);
      assert.ok(Math.abs(own - sum) <= 1e-6 * sum, tensor);
    }
    assert.deepEqual(tokens, written.metadata.get("tokenizer.ggml.tokens")?.value);
    assert.equal(name, "blk.3.ffn_up");
  });

  it("exits with 2 and says what is allowed when the command is misused", () => {
    for (const [args, message] of [
      [[intern, "--to", "onnx"], /allowed are gguf, safetensors/],
      [[intern, "--to", "gguf", "--type", "q2"], /allowed are f16, q8_0, bf16, f32/],
      [["--to", "gguf"], /one model folder/],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [main, "export", ...args]);
      assert.equal(status, 2);
      assert.match(stderr.toString(), message);
    }
  });
});
