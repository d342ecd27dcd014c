/** Tests of `residency pretrain`: what is read and what is not, a run that is stopped and resumed, and the folder that it writes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { readClinicalDocuments } from "../../cli/pretrain/documents.ts";
import { pretrain, type PretrainOptions, type PretrainOutcome } from "../../cli/pretrain/index.ts";
import { buildRows, trainVocabulary } from "../../cli/pretrain/rows.ts";
import { AutoModelForCausalLM, AutoTokenizer, parameterCount, setBackend } from "../../lib/index.ts";
import { readCheckpoint } from "../../lib/hub/index.ts";
import { PreTrainedTokenizer } from "../../lib/tokenizer/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { pythonEnvironment, transformersPython } from "../support/transformers.ts";
import { assertClose } from "../support/closeness.ts";

const main = path.join(repositoryRoot, "dist/cli/main.js");
const shipped = path.join(repositoryRoot, "assets/intern");

describe("residency pretrain", function () {
  this.timeout(120_000);
  let folder: string;
  let notes: string;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-pretrain-"));
    notes = path.join(folder, "notes.jsonl");
    const rows = Array.from({ length: 40 }, (_, patient) => ({
      patient_id: patient,
      split: patient % 10 === 0 ? "test" : patient % 10 === 1 ? "validation" : "train",
      case_report: `A patient of ${patient + 20} years came with a cough for ${patient + 2} days.`,
      note: `Pt: ${patient + 20} yo\nDx: cough x ${patient + 2} days, room ${patient}${patient % 10 === 0 ? " UNTOUCHED" : ""}`,
    }));
    fs.writeFileSync(notes, rows.map((row) => JSON.stringify(row)).join("\n"));
    await setBackend("residency-cpu");
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const run = (name: string, options: Partial<PretrainOptions> = {}): Promise<PretrainOutcome> =>
    pretrain({
      ...{ notes, out: path.join(folder, name), work: path.join(folder, `${name}-run`), size: "tiny" },
      ...{ vocabSize: 400, tokens: 12_000, generalShare: 0.5, copyQuestions: 2, seed: 3, resume: false },
      ...{ signal: new AbortController().signal, callbacks: [], onPhase: () => undefined },
      ...options,
    });

  describe("texts", () => {
    it("are those of the split train alone; validation is measured on and test not touched", async () => {
      const clinical = await readClinicalDocuments(notes, 1);
      assert.deepEqual(clinical.patients, { train: 32, asked: 0, heldOut: 4, untouched: 4 });
      const read = [...clinical.pass(0)].flat().join("\n");
      assert.doesNotMatch(read, /UNTOUCHED|room \d*[01]$/m);
      assert.match(clinical.heldOut.flat().join("\n"), /room 31$/m);
    });

    it("hold every training note once a pass, in another order and pairing each time", async () => {
      const clinical = await readClinicalDocuments(notes, 1);
      const [first, second] = [[...clinical.pass(0)], [...clinical.pass(1)]];
      assert.equal(first.flat().length, 64);
      assert.deepEqual(first.flat().sort(), second.flat().sort());
      assert.notDeepEqual(first, second);
      assert.ok(first.some((parts) => parts.length === 2) && first.some((parts) => parts.length === 1));
    });

    it("of a file without splits leave every fiftieth note for measuring", async () => {
      const file = path.join(folder, "plain.jsonl");
      fs.writeFileSync(
        file,
        Array.from({ length: 100 }, (_, at) => JSON.stringify({ note: `Note ${at}` })).join("\n"),
      );
      const { heldOut, patients } = await readClinicalDocuments(file, 1);
      assert.deepEqual(heldOut, [["Note 49"], ["Note 99"]]);
      assert.deepEqual(patients, { train: 98, asked: 0, heldOut: 2, untouched: 0 });
    });

    it("are followed by their questions, for most training patients who have some, and never as a prompt", async () => {
      const file = path.join(folder, "questions.jsonl");
      const question = (patient: number, text: string): string =>
        JSON.stringify({
          patient_id: patient,
          question: `${text} of ${patient}?`,
          answer: `It is ${patient}.`,
        });
      const about = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
      fs.writeFileSync(
        file,
        about.flatMap((patient) => ["Age", "Room"].map((text) => question(patient, text))).join("\n"),
      );
      const clinical = await readClinicalDocuments(notes, 1, file);
      assert.deepEqual(clinical.patients, { train: 32, asked: 11, heldOut: 4, untouched: 4 });
      const asked = [...clinical.pass(0)].flat().filter((text) => text.includes("Age of"));
      assert.ok(asked.length >= 5 && asked.length <= 11, `${asked.length} of 11`);
      for (const text of asked) {
        const [, patient = ""] = /room (\d+)/.exec(text) ?? [];
        for (const part of [`Age of ${patient}?`, `Room of ${patient}?`, `It is ${patient}.`])
          assert.ok(text.includes(part));
        assert.doesNotMatch(text, /Output:|Instruct/);
      }
      assert.doesNotMatch(clinical.heldOut.flat().join("\n"), /Age of/);
      // Nothing is asked of those that are not trained on.
      assert.doesNotMatch(asked.join("\n"), /Age of 1[01]\?/);
    });

    it("are refused with questions about other patients, or none at all", async () => {
      const file = path.join(folder, "others.jsonl");
      fs.writeFileSync(file, JSON.stringify({ patient_id: 999, question: "Secret?", answer: "Secret." }));
      await assert.rejects(readClinicalDocuments(notes, 1, file), {
        code: "E_DATASET",
        message: /none of its questions/,
      });
      fs.writeFileSync(file, JSON.stringify({ patient_id: 2, text: "Secret?" }));
      await assert.rejects(readClinicalDocuments(notes, 1, file), (error: Error & { code?: string }) => {
        assert.equal(error.code, "E_DATASET");
        assert.match(error.message, /it has patient_id, text/);
        return true;
      });
    });

    it("are refused where a row has no note, by its columns and not by its text", async () => {
      const file = path.join(folder, "wrong.jsonl");
      fs.writeFileSync(file, JSON.stringify({ text: "Secret words" }));
      await assert.rejects(readClinicalDocuments(file, 1), (error: Error & { code?: string }) => {
        assert.equal(error.code, "E_DATASET");
        assert.match(error.message, /it has text/);
        assert.doesNotMatch(error.message, /Secret/);
        return true;
      });
    });
  });

  it("packs whole documents, each closed by the end-of-text token, in the shares that are asked for", async () => {
    const clinical = await readClinicalDocuments(notes, 1);
    const { tokenizer: json, config } = trainVocabulary(
      { clinical, seed: 1 },
      { vocabSize: 400, tokens: 10_000 },
    );
    const place = path.join(folder, "tokenizer");
    fs.mkdirSync(place);
    fs.writeFileSync(path.join(place, "tokenizer.json"), JSON.stringify(json));
    fs.writeFileSync(path.join(place, "tokenizer_config.json"), JSON.stringify(config));
    const tokenizer = await AutoTokenizer.fromPretrained(place);
    assert.ok(tokenizer instanceof PreTrainedTokenizer);
    assert.equal(tokenizer.vocabSize, 400);
    const told: number[] = [];
    const budget = { tokens: 20_000, generalShare: 0.95 };
    const { train, heldOut, counts } = await buildRows(
      { clinical, seed: 1 },
      tokenizer,
      budget,
      async (done) => {
        told.push(done);
        await Promise.resolve();
      },
    );
    assert.ok(told.length > 0);
    const tokens = train.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
    assert.ok(tokens <= counts.clinicalTokens + counts.generalTokens);
    assert.ok(Math.abs(counts.clinicalTokens - 1000) < 150, `${counts.clinicalTokens} clinical tokens`);
    assert.equal(counts.clinicalPasses, 1);
    for (const { inputIds, positionIds } of train) {
      assert.ok(inputIds.length <= 768);
      for (const [at, position] of positionIds!.entries()) {
        // Where a text begins, the one before has ended, unless it was cut at the end of a row.
        if (position === 0 && at > 0) assert.equal(inputIds[at - 1], tokenizer.eosTokenId);
      }
    }
    const readAgain = train.map(({ inputIds }) => tokenizer.decode(inputIds)).join("\n");
    assert.doesNotMatch(readAgain, /UNTOUCHED/);
    assert.ok(heldOut.general.length > 0 && heldOut.clinical.length > 0);
  });

  it("reads clinical texts four times at most, and general ones for the rest", async () => {
    const outcome = await run("few", { tokens: 40_000, generalShare: 0 });
    assert.equal(outcome.clinicalPasses, 4);
    assert.ok(outcome.generalTokens > 10_000, `${outcome.generalTokens} general tokens`);
  });

  it("ends with the same weights whether it was stopped and resumed or not", async () => {
    await run("whole");
    const abort = new AbortController();
    const stopped = run("halves", {
      signal: abort.signal,
      callbacks: [
        {
          onStepEnd({ step }) {
            if (step === 3) abort.abort();
          },
        },
      ],
    });
    await assert.rejects(stopped, { code: "E_INTERRUPTED" });
    assert.equal(fs.existsSync(path.join(folder, "halves")), false);
    const { resumed } = await run("halves", { resume: true });
    assert.equal(resumed, true);
    for (const file of ["model.safetensors", "tokenizer.json", "config.json"]) {
      const [whole, halves] = ["whole", "halves"].map((name) =>
        fs.readFileSync(path.join(folder, name, file)),
      );
      assert.ok(whole!.equals(halves!), file);
    }
  });

  it("writes a folder in bfloat16 with its cards, log and loss curve, and learns on the way", async () => {
    const { parameters, seed } = await run("folder");
    const read = (file: string): string => fs.readFileSync(path.join(folder, "folder", file), "utf8");
    const header = fs.readFileSync(path.join(folder, "folder/model.safetensors")).subarray(8, 400).toString();
    assert.match(header, /"dtype":"BF16"/);
    assert.match(read("README.md"), /^---\nlicense: apache-2.0\n[^]*# folder\n[^]*loss\.svg/);
    assert.match(
      read("DATA_CARD.md"),
      /32 made-up patients[^]*4 patients were only measured on, and 4 were not touched/,
    );
    assert.match(read("loss.svg"), /^<svg/);
    const { log, figures } = JSON.parse(read("training_log.json")) as {
      log: { evalLoss?: number }[];
      figures: { parameters: number; seed: number };
    };
    const losses = log.flatMap(({ evalLoss }) => evalLoss ?? []);
    assert.ok(losses.length > 3 && losses.at(-1)! < losses[0]!, losses.join(", "));
    assert.deepEqual([figures.parameters, figures.seed], [parameters, seed]);
  });

  it("made the model that ships: 3 to 10 million parameters, all in bfloat16, with all files of its folder", async () => {
    const tensors = [...readCheckpoint(shipped)].map(([, tensor]) => tensor);
    assert.deepEqual(new Set(tensors.map(({ dtype }) => dtype)), new Set(["BF16"]));
    const config = fs.readFileSync(path.join(shipped, "config.json"), "utf8");
    const count = parameterCount(JSON.parse(config) as Record<string, unknown>);
    assert.ok(count >= 3e6 && count <= 10e6, `${count} parameters`);
    const files = ["DATA_CARD.md", "README.md", "config.json", "generation_config.json", "loss.svg"];
    files.push("model.safetensors", "tokenizer.json", "tokenizer_config.json", "training_log.json");
    assert.deepEqual(fs.readdirSync(shipped).sort(), files);
    const { vocabSize } = await AutoTokenizer.fromPretrained(shipped);
    assert.ok(vocabSize >= 4096 && vocabSize <= 8192, `${vocabSize} tokens`);
  });

  for (const [name, own] of [
    ["a new folder", "whole"],
    ["the model that ships", undefined],
  ] as const)
    it(`writes a folder that transformers reads as the same model: ${name}`, async function () {
      const python = transformersPython("torch", "transformers");
      if (python === undefined) this.skip();
      const place = own === undefined ? shipped : path.join(folder, own);
      if (own !== undefined && !fs.existsSync(place)) await run(own);
      const program = `
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
ids = tokenizer(sys.argv[2]).input_ids
with torch.no_grad():
    print(json.dumps({"ids": ids, "logits": model(torch.tensor([ids])).logits[0, -1].tolist()}))`;
      const text = "The sky is blue.\nDx: cough x 7 days";
      const { stdout, stderr } = spawnSync(python, ["-c", program, place, text], {
        encoding: "utf8",
        env: pythonEnvironment,
      });
      assert.notEqual(stdout, "", stderr);
      const expected = JSON.parse(stdout) as { ids: number[]; logits: number[] };
      const tokenizer = await AutoTokenizer.fromPretrained(place);
      assert.deepEqual(tokenizer.encode(text), expected.ids);
      const model = await AutoModelForCausalLM.fromPretrained(place);
      const { logits } = model.forward({ inputIds: [expected.ids] });
      assertClose((await logits.array())[0]!.at(-1)!, expected.logits, 1e-4);
      logits.dispose();
      model.dispose();
    });

  it("exits with 1 and names the option whose value is not allowed", () => {
    for (const [args, message] of [
      [["--size", "huge"], /--size huge: it must be one of tiny, small, base, large/],
      [["--tokens", "5"], /--tokens 5: give a whole number from 1000/],
      [["--general", "101"], /--general 101: .*from 0 to 100/],
    ] as const) {
      const { status, stdout } = spawnSync(process.execPath, [main, "pretrain", "--json", ...args], {
        encoding: "utf8",
      });
      assert.equal(status, 1);
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      assert.equal(error.code, "E_CONFIG");
      assert.match(error.message, message);
    }
  });
});
