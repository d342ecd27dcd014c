/** Jobs for accelerate: what is written, and that the script trains to the same losses and an adapter that loads here. */
import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { exportGguf, exportSafetensors, parseRunConfig } from "../../../lib/export/index.ts";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, PeftModel } from "../../../lib/peft/index.ts";
import { AutoTokenizer } from "../../../lib/tokenizer/index.ts";
import { SFTTrainer, type SFTRow } from "../../../lib/train/index.ts";
import { readJsonlFile } from "../../../lib/data/index.ts";
import { repositoryRoot } from "../../support/paths.ts";
import { pythonEnvironment, transformersPython } from "../../support/transformers.ts";

const main = path.join(repositoryRoot, "dist/cli/main.js");
const intern = path.join(repositoryRoot, "assets/intern");

interface LoggedStep {
  step: number;
  loss?: number;
  grad_norm?: number;
  learning_rate?: number;
}

/** Rows of the shipped corpus; some spell a special token, which must stay text. */
async function writeRows(file: string): Promise<SFTRow[]> {
  const corpus = await readJsonlFile(path.join(repositoryRoot, "assets/corpus/train.jsonl.gz"));
  const rows = corpus.slice(0, 19).map((row, index) => ({
    prompt: `${String(row["note"])}\n\n${String(row["question"])}\n`,
    completion: `${String(row["answer"])}${index % 5 === 0 ? " <|endoftext|>" : ""}`,
  }));
  fs.writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  return rows;
}

describe("exportAccelerate", () => {
  let folder: string;
  let rows: SFTRow[];
  const job = (): string => path.join(folder, "job");
  const runJson = (): object => ({
    model: intern,
    data: { train: path.join(folder, "train.jsonl"), format: "prompt-completion" },
    lora: { r: 4, loraAlpha: 8, targetModules: ["q_proj", "v_proj", "down_proj"] },
    training: {
      maxSteps: 5,
      perDeviceTrainBatchSize: 2,
      gradientAccumulationSteps: 2,
      learningRate: 5e-3,
      lrSchedulerType: "cosine",
      warmupRatio: 0.2,
      trainSamplingStrategy: "sequential",
      loggingSteps: 1,
      // Cuts some rows, and leaves seven without an answer: of twelve, two processes can make whole steps.
      maxLength: 341,
      silenceWarnings: ["W_ROWS_CUT", "W_ROWS_DROPPED"],
    },
    seed: 7,
  });

  before(async () => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "residency-accelerate-"));
    rows = await writeRows(path.join(folder, "train.jsonl"));
    fs.writeFileSync(path.join(folder, "run.json"), JSON.stringify(runJson()));
    execFileSync(process.execPath, [
      main,
      "export",
      path.join(folder, "run.json"),
      "--to",
      "accelerate",
      "--out",
      job(),
    ]);
  });
  after(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("writes script, job, data, model and first adapter when the command runs", () => {
    const written = fs.readdirSync(job(), { recursive: true, encoding: "utf8" }).sort();
    for (const name of [
      "README.md",
      "accelerate.yaml",
      "data/train.jsonl",
      "first-adapter/adapter_config.json",
      "first-adapter/adapter_model.safetensors",
      "job.json",
      "model/config.json",
      "model/model.safetensors",
      "model/tokenizer.json",
      "requirements.txt",
      "train.py",
    ]) {
      assert.ok(written.includes(name), `${name} of ${written.join(", ")}`);
    }
  });

  it("writes the adapter that a run here starts from, without the model's weights", async () => {
    const run = parseRunConfig(runJson());
    const peft = getPeftModel(await AutoModelForCausalLM.fromPretrained(intern), run.lora as never, {
      seed: run.seed,
    });
    await peft.savePretrained(path.join(folder, "expected"));
    peft.root.dispose();
    const bytes = (name: string): Buffer =>
      fs.readFileSync(path.join(folder, name, "adapter_model.safetensors"));
    assert.ok(bytes("job/first-adapter").equals(bytes("expected")));
  });

  it("refuses a folder that holds something when it would write into it", () => {
    const { status, stderr } = spawnSync(process.execPath, [
      main,
      "export",
      path.join(folder, "run.json"),
      "--to",
      "accelerate",
      "--out",
      folder,
    ]);
    assert.equal(status, 1);
    assert.match(stderr.toString(), /it is not empty; give another folder/);
  });

  it("exits with 2 and says what is allowed when a choice is unknown", () => {
    for (const [args, message] of [
      [["--strategy", "zero"], /allowed are ddp, fsdp/],
      [["--mixed-precision", "fp8"], /allowed are no, bf16, fp16/],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [
        main,
        "export",
        "run.json",
        "--to",
        "accelerate",
        ...args,
      ]);
      assert.equal(status, 2);
      assert.match(stderr.toString(), message);
    }
  });

  describe("under accelerate launch", () => {
    let python: string;
    let ours: { step: number; loss: number; gradNorm: number; learningRate: number }[];

    before(async function () {
      const found = transformersPython(
        "torch",
        "transformers",
        "peft",
        "trl",
        "accelerate",
        "datasets",
        "gguf",
      );
      if (found === undefined) return this.skip();
      python = found;
      const run = parseRunConfig(runJson());
      const model = await AutoModelForCausalLM.fromPretrained(intern);
      const trainer = new SFTTrainer({
        model: getPeftModel(model, run.lora as never, { seed: run.seed }),
        tokenizer: await AutoTokenizer.fromPretrained(intern),
        trainDataset: rows,
        args: run.training,
      });
      await trainer.train();
      assert.deepEqual([trainer.droppedRows, trainer.cutRows > 0], [7, true]);
      ours = trainer.state.logHistory as typeof ours;
      model.dispose();
    });

    async function launch(...options: string[]): Promise<LoggedStep[]> {
      const args = ["-m", "accelerate.commands.launch", ...options, path.join(job(), "train.py")];
      const env = { ...pythonEnvironment, ACCELERATE_USE_CPU: "true" };
      await promisify(execFile)(python, args, { env, maxBuffer: 2 ** 26 });
      const log = fs.readFileSync(path.join(job(), "output/log.jsonl"), "utf8");
      return log
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as LoggedStep)
        .filter(({ loss }) => loss !== undefined);
    }

    function assertSameRun(logged: readonly LoggedStep[]): void {
      assert.equal(logged.length, ours.length);
      for (const [index, { loss, gradNorm, learningRate }] of ours.entries()) {
        const { loss: other = NaN, grad_norm: norm = NaN, learning_rate: rate = NaN } = logged[index]!;
        assert.ok(Math.abs(other - loss) <= 1e-4, `step ${index + 1}: ${other} there, ${loss} here`);
        assert.ok(
          Math.abs(norm - gradNorm) <= 1e-3 * gradNorm,
          `step ${index + 1}: norm ${norm}, ${gradNorm} here`,
        );
        assert.ok(
          Math.abs(rate - learningRate) <= 1e-12,
          `step ${index + 1}: rate ${rate}, ${learningRate} here`,
        );
      }
    }

    it("has the losses, norms and rates of a run here when one process trains", async function () {
      this.timeout(120_000);
      assertSameRun(await launch("--cpu", "--num_processes", "1"));
    });

    it("has the same when two processes share each step's rows", async function () {
      this.timeout(120_000);
      assertSameRun(await launch("--multi_gpu", "--num_processes", "2", "--main_process_port", "0"));
    });

    it("leaves an adapter that loads here with the same logits, as do the folder and the GGUF file merged here there", async function () {
      this.timeout(120_000);
      const output = path.join(job(), "output");
      await exportSafetensors({ model: intern, adapter: output, folder: path.join(folder, "merged") });
      const gguf = path.join(folder, "gguf/merged.gguf");
      await exportGguf({ model: intern, adapter: output, file: gguf, type: "F32" });
      const program = [
        "import json, sys, torch",
        "from peft import PeftModel",
        "from transformers import AutoModelForCausalLM",
        "load = lambda folder, **options: AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **options).eval()",
        "ids = torch.tensor([[5, 17, 300, 42, 8, 99, 512, 3]])",
        "adapted = PeftModel.from_pretrained(load(sys.argv[1]), sys.argv[2]).eval()",
        "models = (adapted, load(sys.argv[3]), load(sys.argv[4], gguf_file='merged.gguf'))",
        "with torch.no_grad(): print(json.dumps([m(input_ids=ids).logits[0].tolist() for m in models]))",
      ].join("\n");
      const args = [
        "-c",
        program,
        path.join(job(), "model"),
        output,
        path.join(folder, "merged"),
        path.dirname(gguf),
      ];
      const { stdout } = await promisify(execFile)(python, args, {
        env: pythonEnvironment,
        maxBuffer: 2 ** 26,
      });
      const others = JSON.parse(stdout) as number[][][];
      assert.equal(others.length, 3);
      const peft = await PeftModel.fromPretrained(await AutoModelForCausalLM.fromPretrained(intern), output);
      const { logits } = peft.forward({ inputIds: [[5, 17, 300, 42, 8, 99, 512, 3]] });
      const [here] = (await logits.array()) as [number[][]];
      logits.dispose();
      peft.root.dispose();
      for (const there of others) {
        const furthest = Math.max(
          ...here.flatMap((row, t) => row.map((value, v) => Math.abs(value - there[t]![v]!))),
        );
        assert.ok(furthest <= 1e-4, `logits differ by ${furthest}`);
      }
    });
  });
});
