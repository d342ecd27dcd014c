/** `residency corpus --endpoint` against a scripted server on loopback: cost, resume, faults, errors without the key. */
import assert from "node:assert/strict";
import { execFile, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { generatePatients, parseCorpusNoteRow } from "../../lib/clinical/index.ts";
import { readJsonl } from "../../lib/data/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const main = path.join(repositoryRoot, "dist/cli/main.js");
const patients = [...generatePatients({ patients: 3 })];

interface Ended {
  code: number | string | null | undefined;
  stdout: string;
  stderr: string;
}

describe("residency corpus --endpoint", function () {
  this.timeout(60_000);
  this.slow(10_000);
  let folder: string;
  let server: Server;
  let base: string[];
  /** The patients that a note was asked for, and the keys that came along. */
  let asked: number[];
  let keys: Set<string | undefined>;
  /** Requests after which the server knows the key no longer. */
  let allowed: number;
  /** Called in place of an answer once no request is allowed any more; without it the server refuses. */
  let onSilence: (() => void) | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "residency-endpoint-"));
    [asked, keys, allowed, onSilence] = [[], new Set(), Infinity, undefined];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        keys.add(request.headers.authorization);
        if (allowed-- <= 0) {
          if (onSilence) onSilence();
          else response.writeHead(401).end();
          return;
        }
        const { messages } = JSON.parse(text) as { messages: { content: string }[] };
        const prompt = messages[1]!.content;
        const patient = patients.find(({ caseReport }) => prompt.includes(caseReport));
        if (patient) asked.push(patient.patientId);
        const content =
          patient?.note ?? (prompt.startsWith("Write one question") ? "Which drugs were given?" : "Aspirin.");
        const usage = { prompt_tokens: 100, completion_tokens: 10 };
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ choices: [{ message: { content } }], usage }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    base = ["--endpoint", url, "--model", "m", "--patients", "3", "--requests-per-minute", "1000000"];
    base.push("--concurrency", "1", "--out", path.join(folder, "corpus"));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  let child: ChildProcess;
  const run = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { ...process.env, RESIDENCY_ENDPOINT_KEY: "secret-key" };
      child = execFile(process.execPath, [main, "corpus", ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error ? error.code : 0, stdout, stderr }),
      );
    });

  it("stops with a coded error that hides the key, goes on where it stopped, and refuses another model's folder", async () => {
    allowed = 20; // a note and eight times question and answer are 17
    const first = await run(...base);
    assert.equal(first.code, 1);
    assert.match(first.stderr, /answers 401: give a key that it knows/);
    assert.deepEqual(keys, new Set(["Bearer secret-key"]));
    [asked, allowed] = [[], Infinity];
    const second = await run(...base, "--json");
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(asked, [2, 3], "the first patient was paid for already");
    for (const { stdout, stderr } of [first, second]) assert.doesNotMatch(stdout + stderr, /secret-key/);
    const result = JSON.parse(second.stdout) as {
      promptTokens: number;
      files: { file: string; rows: number }[];
    };
    assert.equal(result.promptTokens, 3 * 17 * 100);
    assert.deepEqual(
      result.files.map(({ rows }) => rows).reduce((sum, rows) => sum + rows),
      3 + 3 * 8,
    );
    const notes = readJsonl(await readFile(result.files[0]!.file, "utf8"), { parse: parseCorpusNoteRow });
    assert.deepEqual(
      notes.map(({ note }) => note),
      patients.map(({ note }) => note),
    );
    const other = await run(...base, "--model", "another");
    assert.equal(other.code, 2);
    assert.match(other.stderr, /holds a run of another model or seed/);
  });

  it("ends by Ctrl-C with 130 while the server is silent, and the same command goes on", async () => {
    allowed = 20;
    onSilence = () => child.kill("SIGINT");
    const stopped = await run(...base);
    assert.equal(stopped.code, 130, stopped.stderr);
    assert.match(stopped.stderr, /start again to go on/);
    [asked, allowed] = [[], Infinity];
    const { code, stderr } = await run(...base);
    assert.equal(code, 0, stderr);
    assert.deepEqual(asked, [2, 3]);
  });

  it("estimates without asking, and refuses options that it cannot use", async () => {
    const { code, stdout } = await run("--estimate", "--patients", "3", "--prompt-price", "1000", "--json");
    assert.equal(code, 0);
    const { cost } = JSON.parse(stdout) as { cost: { requests: number; price: number } };
    assert.equal(cost.requests, 3 * 17);
    assert.ok(cost.price > 0);
    assert.equal(keys.size, 0);
    const [lonely, wrong] = [await run("--model", "m"), await run(...base, "--attempts", "many")];
    assert.deepEqual([lonely.code, wrong.code], [2, 2]);
    assert.match(lonely.stderr, /--endpoint and --model go together/);
    assert.match(wrong.stderr, /--attempts many/);
  });
});
