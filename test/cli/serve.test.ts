/** Tests of `residency serve`: who may ask, what is answered, and the page itself in a browser. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { loadServedModels, readServedNotes } from "../../cli/serve/index.ts";
import type { AnswerEvent, PageState, Side } from "../../cli/serve/protocol.ts";
import { formatPrompt } from "../../lib/clinical/index.ts";
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  generateText,
  getPeftModel,
  LoraConfig,
  setBackend,
  type PeftModel,
} from "../../lib/index.ts";
import { launchChromium, missingChromium } from "../support/chromium.ts";
import { repositoryRoot } from "../support/paths.ts";

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
    await setBackend("residency-cpu");
    const model = await AutoModelForCausalLM.fromPretrained(path.join(repositoryRoot, "assets/intern"));
    const tokenizer = await AutoTokenizer.fromPretrained(path.join(repositoryRoot, "assets/intern"));
    // An adapter that is not trained, and changes the model all the same.
    const config = new LoraConfig({
      r: 4,
      loraAlpha: 64,
      targetModules: ["q_proj", "v_proj"],
      initLoraWeights: false,
    });
    const peft = getPeftModel(model, config);
    await peft.savePretrained(adapter, { baseModel: "intern" });
    const write = async (): Promise<string> =>
      (
        await generateText(peft, tokenizer, [formatPrompt(question)], { maxNewTokens: question.maxNewTokens })
      )[0]!;
    alone = { base: await peft.disableAdapter(write), tuned: await write() };
    model.dispose();
    child = spawn(process.execPath, [main, "serve", adapter, "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (
      await new Promise<string>((resolve) => {
        child.stdout!.once("data", (data: Buffer) => resolve(String(data)));
      })
    ).split("\n");
    ({ address } = JSON.parse(line!) as { address: string });
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
    const other = spawn(process.execPath, [main, "serve", adapter, "--json"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const line = await new Promise<string>((resolve) => {
      other.stdout.once("data", (data: Buffer) => resolve(String(data)));
    });
    const { address: otherAddress } = JSON.parse(line) as { address: string };
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
    const origin = path.join(repositoryRoot, "assets/intern");
    const base = await AutoModelForCausalLM.fromPretrained(origin);
    const saved = path.join(folder, "plain");
    await getPeftModel(base, new LoraConfig({ r: 2, targetModules: ["q_proj"] })).savePretrained(saved);
    base.dispose();
    const { model, sides } = await loadServedModels(saved);
    assert.equal(model, origin);
    (sides.tuned as PeftModel).root.dispose();
  });

  describe("page", () => {
    let browser: Browser | undefined;
    let page: Page;
    const problems: string[] = [];

    before(async function () {
      const missing = missingChromium();
      if (missing !== undefined) {
        console.log(`      ${missing}`);
        this.skip();
      }
      browser = await launchChromium();
      page = await browser.newPage();
      page.setDefaultTimeout(15_000);
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
      });
      await page.goto(address);
      await page.waitForSelector("#ask:enabled");
    });
    after(() => browser?.close());
    afterEach(() => assert.deepEqual(problems, []));

    const isOver = (): Promise<unknown> => page.waitForSelector("#stop:disabled");

    it("streams both answers into their columns, coloured, with the reference beside them", async () => {
      await page.selectOption("#notes", "2");
      assert.equal(
        await page.inputValue("#question"),
        await page.locator("#questions option").first().textContent(),
      );
      await page.click("#ask");
      await page.waitForSelector("#status:has-text('Both have answered.')");
      for (const side of ["base", "tuned"]) {
        const levels = await page
          .locator(`#${side}-text .token`)
          .evaluateAll((spans) => spans.map((span) => (span as unknown as { className: string }).className));
        assert.ok(levels.length > 0);
        assert.ok(levels.every((level) => /^token p[0-4]$/.test(level)));
        assert.match((await page.textContent(`#${side}-outcome`))!, /\d+ tokens? · .* · token F1 \d\.\d\d/);
      }
      assert.ok(await page.isVisible("#reference"));
    });

    it("tells a token's probability to somebody who uses the keys alone", async () => {
      await page.focus("#tuned-text");
      await page.keyboard.press("ArrowRight");
      assert.match((await page.textContent("#tuned-detail"))!, /^Token 1 of \d+, “.*”: .* %$/s);
      await page.keyboard.press("End");
      const [, at, of] = /^Token (\d+) of (\d+)/.exec((await page.textContent("#tuned-detail"))!)!;
      assert.equal(at, of);
    });

    it("asks at Ctrl+Enter and stops at Escape; what was written stays, and the next question is answered", async () => {
      await page.click("summary");
      await page.fill("#note", "Dx: pneumonia");
      await page.fill("#maxNewTokens", "400");
      await page.fill("#temperature", "10"); // so that no token ends the answer early
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("#base-text .token");
      await page.keyboard.press("Escape");
      await isOver();
      assert.equal(await page.textContent("#status"), "Stopped.");
      assert.match((await page.textContent("#base-outcome"))!, /stopped/);
      const written = await page.locator("#base-text .token").count();
      assert.ok(written > 0 && written < 400, `${written} tokens`);
      assert.ok(await page.isHidden("#reference"), "a note of one's own has no reference");
      await page.fill("#maxNewTokens", "2");
      await page.click("#ask");
      await page.waitForSelector("#status:has-text('Both have answered.')");
    });

    it("shows an error kindly and goes on", async () => {
      await page.fill("#note", "pneumonia ".repeat(1000));
      await page.click("#ask");
      await page.waitForSelector("#problem:visible");
      assert.match((await page.textContent("#problem"))!, /shorten the note/);
      await isOver();
      await page.fill("#note", "Dx: pneumonia");
      await page.click("#ask");
      await page.waitForSelector("#status:has-text('Both have answered.')");
      assert.ok(await page.isHidden("#problem"));
    });

    it("names every field for those who cannot see it", async () => {
      const nameless = await page
        .locator("select, textarea, input, button")
        .evaluateAll((fields) =>
          (fields as unknown as { id: string; labels?: { length: number }; textContent: string }[])
            .filter(({ labels, textContent }) => !labels?.length && textContent.trim() === "")
            .map(({ id }) => id),
        );
      assert.deepEqual(nameless, []);
    });
  });

  describe("notes", () => {
    it("are put together by note, and rows without questions are taken too", async () => {
      const file = path.join(folder, "notes.jsonl");
      const rows = [
        { note: "DISCHARGE SUMMARY\nDx: AKI" },
        { note: "A.", question: "Q1?", answer: "1" },
        { note: "A.", question: "Q2?" },
      ];
      fs.writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
      assert.deepEqual(await readServedNotes(file), [
        { title: "Dx: AKI", note: rows[0]!.note, questions: [] },
        { title: "A.", note: "A.", questions: [{ question: "Q1?", answer: "1" }, { question: "Q2?" }] },
      ]);
    });

    it("are refused when a row has none, by its columns and not by its text", async () => {
      const file = path.join(folder, "no-notes.jsonl");
      fs.writeFileSync(file, JSON.stringify({ text: "Secret words" }));
      await assert.rejects(readServedNotes(file), (error: Error & { code?: string }) => {
        assert.equal(error.code, "E_DATASET");
        assert.match(error.message, /it has text/);
        assert.doesNotMatch(error.message, /Secret/);
        return true;
      });
    });
  });
});
