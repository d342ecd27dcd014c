/** What the library shows of itself: no export without types, a description and an example, and every example runs. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import ts from "typescript";
import { startHubServer } from "../support/hub-server.ts";
import { repositoryRoot } from "../support/paths.ts";
import { exampleModule } from "./example-module.ts";
import { compilerOptions, readPublicApi, type PublicApi } from "./public-api.ts";

describe("the public interface", function () {
  this.timeout(300_000);
  let api: PublicApi;
  before(() => {
    api = readPublicApi();
  });

  it("has no any", () => {
    assert.deepEqual(api.anys, []);
  });

  it("says of every export what it is", () => {
    const silent = api.exports.filter(({ hasDocumentation }) => !hasDocumentation);
    assert.deepEqual(
      silent.map(({ file, name }) => `${file} ${name}`),
      [],
    );
  });

  it("shows every function and class in an example", () => {
    // What is passed on from tfjs is documented there.
    const own = api.exports.filter(({ file }) => file.startsWith("lib/"));
    const missing = own.filter(({ isCallable, hasExample }) => isCallable && !hasExample);
    assert.deepEqual(
      missing.map(({ file, name }) => `${file} ${name}`),
      [],
    );
  });

  describe("its examples", () => {
    let folder = "";
    let source = "";
    before(async () => {
      // Below the package, so that "residency" is the package itself.
      folder = await mkdtemp(path.join(repositoryRoot, "dist/examples-"));
      source = exampleModule(api);
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it("fit the types", async () => {
      const file = path.join(folder, "examples.mts");
      await writeFile(file, source);
      const program = ts.createProgram([file], { ...compilerOptions, noEmit: true }, undefined, api.program);
      const lines = source.split("\n");
      const complaints = ts
        .getPreEmitDiagnostics(program, program.getSourceFile(file))
        .map(({ start, messageText }) => {
          const { line } = program.getSourceFile(file)!.getLineAndCharacterOfPosition(start ?? 0);
          const at = lines.slice(0, line + 1).findLast((text) => text.startsWith("// example "));
          return `${at ?? ""}: ${lines[line]!.trim()}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
        });
      assert.deepEqual(complaints, []);
    });

    it("run, and give what their comments say", async () => {
      const assets = path.join(repositoryRoot, "assets");
      const cwd = await mkdtemp(path.join(os.tmpdir(), "residency-examples-"));
      await symlink(assets, path.join(cwd, "assets"));
      const names = ["config.json", "model.safetensors", "tokenizer.json"];
      const intern = Object.fromEntries(
        await Promise.all(
          names.map(async (name) => [name, await readFile(path.join(assets, "intern", name))] as const),
        ),
      );
      const hub = await startHubServer({
        "HuggingFaceTB/SmolLM2-135M": intern,
        "owner/adapter": {},
        "datasets/starmpcc/Asclepius-Synthetic-Clinical-Notes": {
          "train.jsonl": '{"note":"Dx: PNA","question":"Diagnosis?","answer":"Pneumonia."}\n',
        },
      });
      try {
        const file = path.join(folder, "examples.mjs");
        const { outputText } = ts.transpileModule(source, {
          compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
        });
        await writeFile(file, outputText);
        const child = spawn(process.execPath, [file], {
          cwd,
          env: {
            PATH: process.env["PATH"],
            HOME: cwd,
            HF_HOME: cwd,
            HF_ENDPOINT: hub.endpoint,
            HF_TOKEN: "hf_example",
            RESIDENCY_BACKEND: "residency-cpu",
          },
          stdio: ["ignore", "ignore", "pipe"],
        });
        let errors = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
        const code = await new Promise((resolve) => child.once("close", resolve));
        assert.equal(errors, "");
        assert.equal(code, 0);
      } finally {
        await hub.close();
        await rm(cwd, { recursive: true, force: true });
      }
    });
  });
});
