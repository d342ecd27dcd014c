/** `residency serve`: who may ask, and what is answered. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { loadServedModels } from "../../cli/serve/index.ts";
import type { AnswerEvent, PageState, Side } from "../../cli/serve/protocol.ts";
import { formatPrompt } from "../../lib/clinical/index.ts";
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  generateText,
  getPeftModel,
  LoraConfig,
  type PeftModel,
} from "../../lib/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { intern, saveAdapter, startServe } from "../support/served.ts";

const main = path.join(repositoryRoot, "dist/cli/main.js");
const question = {
  ...{ note: "Pt: 58 yo M\nDx: pneumonia (PNA)", question: "What is the diagnosis?", maxNewTokens: 12 },
  ...{ temperature: 0, seed: 0 },
};

describe("residency serve", () => {
  let folder: string;
  let adapter: string;
  let child: ChildProcess;
  let address: string;
  /** What each model writes when it writes alone. */
  let alone: Record<Side, string>;

  before(async function () {
    this.timeout(60_000);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-serve-"));
    adapter = path.join(folder, "adapter");
    const { model, peft } = await saveAdapter(adapter);
    const tokenizer = await AutoTokenizer.fromPretrained(intern);
    const { maxNewTokens } = question;
    const write = async (): Promise<string> =>
      (await generateText(peft, tokenizer, [formatPrompt(question)], { maxNewTokens }))[0]!;
    alone = { base: await peft.disableAdapter(write), tuned: await write() };
    model.dispose();
    ({ child, address } = await startServe(adapter));
  });
  after(() => {
    child.kill("SIGKILL");
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** The status of a request with headers of our own, which fetch would not send. */
  function statusOf(url: string, headers: Record<string, string>, method = "GET"): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = http.request(url, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      request.on("error", reject);
      request.end();
    });
  }

  async function ask(body: object): Promise<AnswerEvent[]> {
    const response = await fetch(`${address}ask`, { method: "POST", body: JSON.stringify(body) });
    assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    const events = (await response.text()).split("\n\n").filter((event) => event !== "");
    return events.map((event) => JSON.parse(event.replace(/^data: /, "")) as AnswerEvent);
  }

  const textOf = (events: AnswerEvent[], side: Side): string =>
    events.map((event) => (event.type === "token" && event.side === side ? event.text : "")).join("");

  it("streams side by side what each model writes alone, and how probable each token was", async () => {
    assert.notEqual(alone.base, alone.tuned);
    const events = await ask({ ...question, reference: alone.tuned });
    assert.equal(textOf(events, "base"), alone.base);
    assert.equal(textOf(events, "tuned"), alone.tuned);
    const tokens = events.filter((event) => event.type === "token");
    assert.ok(tokens.every(({ probability }) => probability > 0 && probability <= 1));
    // In turns, not one after the other.
    assert.ok(tokens.slice(0, 6).some(({ side }) => side === "base"));
    assert.ok(tokens.slice(0, 6).some(({ side }) => side === "tuned"));
    const ends = events.filter((event) => event.type === "end");
    assert.deepEqual(new Set(ends.map(({ side }) => side)), new Set(["base", "tuned"]));
    assert.equal(ends.find(({ side }) => side === "tuned")!.tokenF1, 1);
  });

  it("answers questions that come together one after the other, and says so", async () => {
    const [first, second] = await Promise.all([ask(question), ask(question)]);
    const waited = [...first, ...second].filter((event) => event.type === "waiting");
    assert.deepEqual(waited, [{ type: "waiting", ahead: 1 }]);
    assert.equal(textOf(first, "tuned"), textOf(second, "tuned"));
  });

  const refusals: [string, object, RegExp][] = [
    ["an empty note", { note: " " }, /note is empty/],
    ["no new token", { maxNewTokens: 0 }, /maxNewTokens must be a whole number from 1/],
    ["a temperature below 0", { temperature: -1 }, /temperature must be a number from 0/],
    ["a note that is too long for the model", { note: "pneumonia ".repeat(2000) }, /shorten the note/],
    ["a request that is too long to be read", { note: "x".repeat(300 * 1024) }, /KiB; shorten/],
  ];
  for (const [what, change, message] of refusals) {
    it(`refuses ${what}, and answers the next`, async () => {
      const [event] = await ask({ ...question, ...change });
      assert.ok(event?.type === "error");
      assert.equal(event.code, "E_CONFIG");
      assert.match(event.message, message);
      assert.ok((await ask({ ...question, maxNewTokens: 1 })).some(({ type }) => type === "end"));
    });
  }

  it("listens on loopback alone, and serves no page to other names, other sites and those without the token", async () => {
    const { host, hostname, port, pathname } = new URL(address);
    assert.equal(hostname, "127.0.0.1");
    assert.equal(await statusOf(address, {}), 200);
    assert.equal(await statusOf(`http://localhost:${port}${pathname}`, {}), 200);
    assert.equal(await statusOf(address, { host: `evil.example:${port}` }), 403);
    assert.equal(await statusOf(`${address}ask`, { origin: "http://evil.example" }, "POST"), 403);
    assert.equal(await statusOf(`${address}ask`, { origin: "null" }, "POST"), 403);
    assert.equal(await statusOf(`${address}state`, { "sec-fetch-site": "cross-site" }), 403);
    assert.equal(
      await statusOf(address, { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }),
      200,
    );
    assert.equal(await statusOf(`http://${host}/`, {}), 404);
    assert.equal(await statusOf(`http://${host}/x${pathname.slice(2)}state`, {}), 404);
    assert.equal(await statusOf(`${address}../../package.json`, {}), 404);
    assert.equal(await statusOf(`${address}constructor`, {}), 404);
  });

  it("sends a policy that lets no script and no style stand in the page", async () => {
    const response = await fetch(address);
    const policy = response.headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(await response.text(), /<style|style=|<script>|onclick/);
  });

  it("offers the held-out notes with all questions of each", async () => {
    const state = (await (await fetch(`${address}state`)).json()) as PageState;
    assert.equal(state.model, "intern");
    assert.ok(state.notes.length > 10);
    assert.ok(state.notes.every(({ title, questions }) => title !== "" && questions.length > 0));
    assert.equal(new Set(state.notes.map(({ note }) => note)).size, state.notes.length);
  });

  it("ends with 0 at SIGTERM, in the middle of an answer", async () => {
    const { child: other, address: otherAddress } = await startServe(adapter);
    const body = JSON.stringify({ ...question, maxNewTokens: 400, temperature: 2 });
    const response = await fetch(`${otherAddress}ask`, { method: "POST", body });
    await response.body!.getReader().read();
    const code = new Promise<number | null>((resolve) => other.once("close", resolve));
    other.kill("SIGTERM");
    assert.equal(await code, 0);
  });

  it("says how to go on when the adapter names no base model, or there is none", async () => {
    const nameless = path.join(folder, "nameless");
    fs.cpSync(adapter, nameless, { recursive: true });
    const file = path.join(nameless, "adapter_config.json");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"intern"', "null"));
    for (const [given, message] of [
      [nameless, /names none; say which by --model/],
      [path.join(folder, "missing"), /there is no such file/],
    ] as const) {
      const failed = spawn(process.execPath, [main, "serve", given, "--json"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      let stdout = "";
      failed.stdout.on("data", (data: Buffer) => (stdout += String(data)));
      assert.equal(await new Promise((resolve) => failed.once("close", resolve)), 1);
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      assert.equal(error.code, "E_CHECKPOINT");
      assert.match(error.message, message);
    }
  });

  it("finds the base model of an adapter that was saved without naming one", async () => {
    const base = await AutoModelForCausalLM.fromPretrained(intern);
    const saved = path.join(folder, "plain");
    await getPeftModel(base, new LoraConfig({ r: 2, targetModules: ["q_proj"] })).savePretrained(saved);
    base.dispose();
    const { model, sides } = await loadServedModels(saved);
    assert.equal(model, intern);
    (sides.tuned as PeftModel).root.dispose();
  });
});
