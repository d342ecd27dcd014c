/** The page of `residency serve` in a browser: what it shows, what it does at a key, and who can use it. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchChromium, missingChromium } from "../support/chromium.ts";
import { saveAdapter, startServe } from "../support/served.ts";

describe("residency serve's page", () => {
  let folder: string;
  let child: ChildProcess | undefined;
  let browser: Browser | undefined;
  let page: Page;
  const problems: string[] = [];

  before(async function () {
    this.timeout(60_000);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-serve-page-"));
    const missing = missingChromium();
    if (missing !== undefined) {
      console.log(`    ${missing}`);
      this.skip();
    }
    const adapter = path.join(folder, "adapter");
    (await saveAdapter(adapter)).model.dispose();
    const served = await startServe(adapter);
    child = served.child;
    browser = await launchChromium();
    page = await browser.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
    await page.goto(served.address);
    await page.waitForSelector("#ask:enabled");
  });
  after(async () => {
    await browser?.close();
    child?.kill("SIGKILL");
    fs.rmSync(folder, { recursive: true, force: true });
  });
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
