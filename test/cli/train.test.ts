/** Tests of `residency train`: a run that is killed is resumed, and unknown settings are named. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { repositoryRoot } from "../support/paths.ts";

const main = path.join(repositoryRoot, "dist/cli/main.js");

describe("residency train", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-train-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  function writeConfig(training: object): string {
    const data = path.join(folder, "rows.jsonl");
    const rows = Array.from({ length: 12 }, (_, row) => ({
      prompt: `What is ${row}?`,
      completion: " A number.",
    }));
    fs.writeFileSync(data, rows.map((row) => JSON.stringify(row)).join("\n"));
    const file = path.join(folder, "config.json");
    const config = {
      model: path.join(repositoryRoot, "assets/intern"),
      data: { train: data },
      lora: { r: 4, targetModules: ["q_proj", "v_proj"], loraDropout: 0.1 },
      training,
      outputDir: path.join(folder, "out"),
    };
    fs.writeFileSync(file, JSON.stringify(config));
    return file;
  }

  function train(args: string[], killAtFirstCheckpoint = false) {
    return new Promise<{ code: number | null; signal: string | null; stdout: string }>((resolve) => {
      const child = spawn(process.execPath, [main, "train", ...args, "--json"]);
      let stdout = "";
      child.stdout.on("data", (data: Buffer) => (stdout += String(data)));
      const timer = setInterval(() => {
        if (killAtFirstCheckpoint && fs.existsSync(path.join(folder, "out/checkpoint-1")))
          child.kill("SIGKILL");
      }, 5);
      child.on("close", (code, signal) => {
        clearInterval(timer);
        resolve({ code, signal, stdout });
      });
    });
  }

  it("goes on after a kill and ends with the adapter and one line of JSON", async () => {
    const config = writeConfig({
      maxSteps: 60,
      perDeviceTrainBatchSize: 2,
      saveSteps: 1,
      learningRate: 1e-3,
    });
    const killed = await train([config], true);
    assert.equal(killed.signal, "SIGKILL");
    const { code, stdout } = await train([config, "--resume"]);
    assert.equal(code, 0, stdout);
    const outcome = JSON.parse(stdout) as { globalStep: number; resumed: boolean };
    assert.equal(outcome.globalStep, 60);
    assert.equal(outcome.resumed, true);
    assert.ok(fs.existsSync(path.join(folder, "out/adapter_model.safetensors")));
    const saved = fs.readFileSync(path.join(folder, "out/adapter_config.json"), "utf8");
    const { base_model_name_or_path: base } = JSON.parse(saved) as Record<string, unknown>;
    assert.equal(base, path.join(repositoryRoot, "assets/intern"));
  });

  it("refuses a row of no format, and one of another format than the config says", async () => {
    const config = writeConfig({ maxSteps: 1 });
    const json = JSON.parse(fs.readFileSync(config, "utf8")) as { data: object };
    const refusal = async (change: object): Promise<string> => {
      fs.writeFileSync(config, JSON.stringify({ ...json, ...change }));
      const { code, stdout } = await train([config]);
      assert.equal(code, 1);
      return (JSON.parse(stdout) as { error: { message: string } }).error.message;
    };
    const asText = { data: { ...json.data, format: "text" } };
    assert.match(await refusal(asText), /row 0 is not of the format "text"/);
    fs.writeFileSync(path.join(folder, "rows.jsonl"), '{"promt":"secret"}');
    const message = await refusal({});
    assert.match(message, /row 0 .*It has promt/);
    assert.doesNotMatch(message, /secret/);
  });

  it("names the nearest setting when one is unknown", async () => {
    const { code, stdout } = await train([writeConfig({ max_steps: 3 })]);
    assert.equal(code, 1);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    assert.equal(error.code, "E_CONFIG");
    assert.match(error.message, /"max_steps"; did you mean "maxSteps"\?/);
  });
});
