/** Tests of both ways between this project and tslab: our library on its kernel, its notebooks on ours. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { launchKernel } from "../../kernel/index.ts";
import type { KernelClient, Output } from "../../kernel/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { runCell } from "./session.ts";
import type { CellRun } from "./session.ts";

const tslabFolder = path.join(repositoryRoot, "node_modules/tslab");

/** What each display showed, by MIME type. */
function shown(outputs: readonly Output[]): unknown[] {
  return outputs.map((output) => ("data" in output ? output.data : output));
}

/** Runs a cell that must succeed: tslab tells of errors on stderr. */
async function succeed(kernel: KernelClient, code: string): Promise<CellRun> {
  const run = await runCell(kernel, code);
  assert.equal(run.reply.status, "ok", `${run.text}${JSON.stringify(run.reply)}\n${code}`);
  const wrong = run.outputs.filter(
    (output) =>
      output.output_type === "error" || (output.output_type === "stream" && output.name === "stderr"),
  );
  assert.deepEqual(wrong, [], code);
  return run;
}

describe("library on the stock tslab kernel", function () {
  this.timeout(60_000);
  let kernel: KernelClient | undefined;
  let folder: string;
  const run = (code: string): Promise<CellRun> => {
    assert.ok(kernel);
    return succeed(kernel, code);
  };
  const last = ({ text }: CellRun): Record<string, number> =>
    JSON.parse(text.trim().split("\n").at(-1) ?? "") as Record<string, number>;

  before(async function () {
    if (!existsSync(tslabFolder)) {
      console.log("    skipped: tslab is missing; npm ci without --omit=dev installs it");
      this.skip();
    }
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-tslab-"));
    await mkdir(path.join(folder, "node_modules"));
    await symlink(repositoryRoot, path.join(folder, "node_modules/residency"), "junction");
    kernel = await launchKernel({
      cwd: folder,
      transport: "tcp",
      command: [
        process.execPath,
        path.join(tslabFolder, "bin/tslab"),
        "kernel",
        "--config-path",
        "{connection_file}",
      ],
    });
  });
  after(async () => {
    if (!kernel) return;
    await kernel.shutdown();
    await rm(folder, { recursive: true });
  });

  it("loads model and tokenizer when a cell imports the package by its name", async () => {
    assert.equal(kernel?.info.implementation, "tslab");
    await run(`import { assetPath, AutoModelForCausalLM, AutoTokenizer, generateText, getPeftModel } from "residency";
import { LoraConfig, setBackend, SFTConfig, SFTTrainer } from "residency";
import { lossFigure, displaySymbol, plotlyMime } from "residency/viz";
import * as tslab from "tslab";`);
    const { text } = await run(`const backend = await setBackend();
const model = await AutoModelForCausalLM.fromPretrained(assetPath("intern"));
const tokenizer = await AutoTokenizer.fromPretrained(assetPath("intern"));
console.log(backend.name, model.config.numHiddenLayers, tokenizer.decode(tokenizer.encode("Dx: pneumonia")));`);
    assert.match(text, /^[\w-]+ \d+ Dx: pneumonia\n$/);
  });

  it("lowers the loss when three steps of supervised fine-tuning train an adapter", async () => {
    const line = await run(`const peft = getPeftModel(
  model,
  new LoraConfig({ r: 4, loraAlpha: 8, targetModules: ["q_proj", "v_proj"] }),
);
peft.printTrainableParameters();`);
    assert.equal(line.text, "trainable params: 21,504 || all params: 5,726,464 || trainable%: 0.3755\n");
    await run(`const rows = [
  { prompt: "Dx: pneumonia\\nQ: What was the diagnosis? A:", completion: " pneumonia" },
  { prompt: "Age: 58\\nQ: How old was the patient? A:", completion: " 58 years" },
];
const args = new SFTConfig({
  maxSteps: 3,
  learningRate: 1e-2,
  perDeviceTrainBatchSize: 2,
  loggingSteps: 1,
  seed: 1,
});
// Not { tokenizer }: tslab forgets to look up a shorthand property among the names of earlier cells.
const trainer = new SFTTrainer({
  model: peft,
  tokenizer: tokenizer,
  trainDataset: rows,
  evalDataset: rows,
  args: args,
});`);
    const trained = await run(`const before = await trainer.evaluate();
const output = await trainer.train();
const after = await trainer.evaluate();
console.log(JSON.stringify({ before: before.evalLoss, after: after.evalLoss, steps: output.globalStep }));`);
    const { before: first = NaN, after: second = NaN, steps } = last(trained);
    assert.equal(steps, 3);
    assert.ok(Number.isFinite(first) && second > 0 && second < 0.9 * first, `${first} -> ${second}`);
  });

  it("generates five tokens when it is asked for five", async () => {
    const { text } = await run(`const [answer = ""] = await generateText(peft, tokenizer, [rows[0].prompt], {
  maxNewTokens: 5,
});
console.log(JSON.stringify({ tokens: tokenizer.encode(answer).length, characters: answer.length }));`);
    const { tokens = NaN, characters = NaN } = last({ text } as CellRun);
    assert.ok(tokens >= 1 && tokens <= 5, text);
    assert.ok(characters >= 1);
  });

  it("shows a figure when its bundle goes to tslab's display", async () => {
    const { outputs } = await run(`const bundle = lossFigure(trainer.state.logHistory)[displaySymbol]();
tslab.display.raw(plotlyMime, bundle[plotlyMime] as any);
tslab.display.text(bundle["text/plain"]);`);
    const [figure, text] = shown(outputs) as Record<string, { data: { y: number[] }[] }>[];
    const traces = figure?.["application/vnd.plotly.v1+json"]?.data;
    assert.equal(traces?.[0]?.y.length, 3);
    assert.match(JSON.stringify(text), /"text\/plain":"[^"]*loss/i);
  });

  it("finds every entry of the package, with its types, when cells import it", async () => {
    const folders = readdirSync(path.join(repositoryRoot, "lib")).filter((name) =>
      existsSync(path.join(repositoryRoot, "lib", name, "index.ts")),
    );
    const names = ["cell", "kernel", "widgets", "exercise", "grader", ...folders];
    const imports = names.map((name) => `import * as ${name}Entry from "residency/${name}";`).join("\n");
    const counts = names.map((name) => `Object.keys(${name}Entry).length`).join(", ");
    const { text } = await run(`${imports}\nconsole.log(JSON.stringify([${counts}]))`);
    const found = JSON.parse(text) as number[];
    assert.equal(found.length, names.length);
    assert.ok(
      found.every((count) => count > 0),
      text,
    );
    const loaded = await run(
      `console.log(Object.keys(await import("residency/peft")).includes("LoraConfig"))`,
    );
    assert.equal(loaded.text, "true\n");
  });

  it("reports a type error when a cell misuses the library", async () => {
    assert.ok(kernel);
    const { reply, text } = await runCell(kernel, "const layers: string = model.config.numHiddenLayers;");
    assert.equal(reply.status, "error");
    assert.equal(text, "1:7 - Type 'number' is not assignable to type 'string'.\n");
  });
});

describe("kernel with notebooks of tslab", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  let folder: string;
  const run = (code: string): Promise<CellRun> => succeed(kernel, code);

  before(async () => {
    // In a folder from which no tslab can be found, as on a machine that never had it.
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-tslab-"));
    kernel = await launchKernel({ cwd: folder });
  });
  after(async () => {
    await kernel.shutdown();
    await rm(folder, { recursive: true });
  });

  it("says its versions when a cell asks tslab for them", async () => {
    const { outputs } = await run(`import * as tslab from "tslab";\ntslab.versions`);
    const text = JSON.stringify(shown(outputs));
    assert.match(text, /tslab: 'residency \d/);
    assert.match(text, /typescript: '\d+\.\d+\.\d+'/);
    assert.match(text, new RegExp(`node: '${process.version}'`));
  });

  it("shows every type when cells call the functions of tslab.display", async () => {
    const bytes = "new Uint8Array([1, 2, 3])";
    const cases: [string, object][] = [
      ["javascript('1')", { "text/javascript": "1" }],
      ["html('Hello <b>you</b>')", { "text/html": "Hello <b>you</b>" }],
      ["markdown('# Title')", { "text/markdown": "# Title" }],
      ["latex('$x^2$')", { "text/latex": "$x^2$" }],
      ["svg('<svg/>')", { "image/svg+xml": "<svg/>" }],
      [`png(${bytes})`, { "image/png": "AQID" }],
      ["jpeg(Buffer.from([1, 2, 3]))", { "image/jpeg": "AQID" }],
      [`gif(${bytes})`, { "image/gif": "AQID" }],
      [`pdf(${bytes})`, { "application/pdf": "AQID" }],
      ["text('plain')", { "text/plain": "plain" }],
      ["raw('text/x-own', 'own')", { "text/x-own": "own" }],
      [`raw('image/webp', ${bytes})`, { "image/webp": "AQID" }],
    ];
    const { outputs } = await run(cases.map(([call]) => `tslab.display.${call};`).join("\n"));
    assert.deepEqual(
      shown(outputs),
      cases.map(([, data]) => data),
    );
  });

  it("replaces what a display of its own has shown when a cell uses newDisplay", async () => {
    const messages: [string, unknown][] = [];
    const code = `import { newDisplay } from "tslab";
const own = newDisplay();
own.text("0 %");
await new Promise((resolve) => setTimeout(resolve, 5));
own.html("<b>100 %</b>");
newDisplay().text("another");`;
    const { outputs } = await runCell(kernel, code, {
      onMessage(message) {
        if (message.type !== "display_data" && message.type !== "update_display_data") return;
        messages.push([message.type, message.content.transient?.display_id]);
      },
    });
    assert.deepEqual(shown(outputs), [{ "text/html": "<b>100 %</b>" }, { "text/plain": "another" }]);
    const [first, second, third] = messages;
    assert.deepEqual(
      [first?.[0], second?.[0], third?.[0]],
      ["display_data", "update_display_data", "display_data"],
    );
    assert.ok(typeof first?.[1] === "string" && first[1] === second?.[1] && first[1] !== third?.[1]);
  });

  it("runs the steps of a first notebook unchanged: state, types, awaits and last values", async () => {
    await run(`import fs from "fs";\nimport * as path from "path";`);
    await run(
      "/** Adds up to n. */\nfunction sumTo(n: number): number {\n  return n > 0 ? n + sumTo(n - 1) : 0;\n}",
    );
    await run("{\n  const n = 4;\n  console.log(`sum ${sumTo(n)}`)\n}");
    await run("let sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));");
    const cells: [string, string][] = [
      ["await sleep(5);\n`slept`", "'slept'"],
      ["sleep(5)", "Promise { <pending> }"],
      ["let value = sumTo(3);\nvalue * 2", "12"],
      ["fs.existsSync(path.sep)", "true"],
      ["require('tslab').versions.node === process.version", "true"],
      ["let value = 'now a text'\nvalue", "'now a text'"],
      ["(await import('tslab')).display === tslab.display", "true"],
      ["typeof require('residency/cell').display", "'function'"],
    ];
    for (const [code, expected] of cells) assert.equal((await run(code)).result, expected, code);
  });
});
