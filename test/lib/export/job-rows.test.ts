/** The exported script makes tokens and labels of rows as the trainer does, with the chat template that the run names. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { exportAccelerate, parseRunConfig } from "../../../lib/export/index.ts";
import { fixture, repositoryRoot } from "../../support/paths.ts";
import { pythonEnvironment, transformersPython } from "../../support/transformers.ts";

/** Prints which cases of the fixture `sft/` the script's rows equal, each with every template that suits it. */
const program = `
import importlib.util, json, sys
from transformers import AutoTokenizer
spec = importlib.util.spec_from_file_location("job_script", sys.argv[1])
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)
reference = json.load(open(sys.argv[2], encoding="utf-8"))
tokenizer = AutoTokenizer.from_pretrained(sys.argv[3])
same = {}
for name, case in reference["cases"].items():
    if case["settings"].get("packing") or name == "tokens":
        continue
    for template in {case["template"], "plain"}:
        tokenizer.chat_template = reference["templates"][template]
        training = {"assistant_only_loss": False, "dataset_text_field": "text", "truncation_mode": "keep_start", **case["settings"]}
        rows, made = script.Rows(tokenizer, training), []
        limit = training.get("max_length", 1024)
        kept = slice(None, limit) if training["truncation_mode"] == "keep_start" or limit is None else slice(-limit, None)
        for row in case["rows"]:
            ids, labels = (part[kept] for part in rows.tokens(row))
            if any(label != -100 for label in labels[1:]):
                made.append((ids, labels))
        prepared = case["prepared"]
        same[f"{name}, {template}"] = [list(part) for part in zip(*made)] == [prepared["input_ids"], prepared["labels"]]
print(json.dumps(same))
`;

describe("the rows of an exported job", () => {
  it("are those of the trainer, whether the template marks the assistant's tokens or not", async function () {
    this.timeout(120_000);
    this.slow(60_000);
    const python = transformersPython("torch", "transformers", "peft", "trl", "datasets");
    if (python === undefined) return this.skip();
    const { stdout } = await promisify(execFile)(
      python,
      [
        ...["-c", program, path.join(repositoryRoot, "assets/accelerate/train.py")],
        ...[fixture("sft", "expected.json"), fixture("tokenizers", "qwen2-nfc")],
      ],
      { env: pythonEnvironment, maxBuffer: 2 ** 24 },
    );
    const same = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, boolean>;
    const others = Object.keys(same).filter((name) => !same[name]);
    // Where the trainer itself is not as TRL (docs/decisions/0034).
    assert.deepEqual(others, [
      "text of another field, plain",
      "prompt and completion without a border, plain",
    ]);
    assert.ok(Object.keys(same).length >= 17);
  });

  it("are made with the chat template of the run, which is written beside the script", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-job-"));
    try {
      const template = path.join(folder, "mine.jinja");
      const data = path.join(folder, "train.jsonl");
      fs.writeFileSync(template, "{{ messages }}");
      fs.writeFileSync(data, '{"messages":[{"role":"user","content":"Hi"}]}\n');
      const model = fixture("sft", "model");
      const run = parseRunConfig({ model, data: { train: data }, training: { chatTemplatePath: template } });
      const job = path.join(folder, "job");
      await exportAccelerate({ run, folder: job });
      assert.equal(fs.readFileSync(path.join(job, "chat_template.jinja"), "utf8"), "{{ messages }}");
      const { training } = JSON.parse(fs.readFileSync(path.join(job, "job.json"), "utf8")) as {
        training: Record<string, unknown>;
      };
      assert.equal(training["chat_template_path"], "chat_template.jinja");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
