/** The library in a browser: the bundle holds nothing of Node's, and a page trains to the same losses as Node. */
import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { bundleForBrowser, type BundleReport } from "../../browser/bundle.ts";
import { fineTuneIntern, type RecipeResult } from "../../browser/recipe.ts";
import { serveFolders, type StaticServer } from "../../browser/serve.ts";
import { assertClose } from "../support/closeness.ts";
import { findChromium } from "../support/chromium.ts";
import { startHubServer } from "../support/hub-server.ts";
import { repositoryRoot } from "../support/paths.ts";

const executablePath = findChromium();

describe("the browser's bundle", () => {
  let folder = "";
  let bundle: BundleReport;

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-site-"));
    bundle = await bundleForBrowser(folder, { recipe: path.join(repositoryRoot, "dist/browser/recipe.js") });
    await copyFile(path.join(repositoryRoot, "browser/page/index.html"), path.join(folder, "index.html"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it("has every front door and names no module of Node's", async () => {
    for (const name of ["residency.js", "peft.js", "train.js", "thread.js", "recipe.js"]) {
      assert.ok(name in bundle.files, name);
    }
    for (const name of Object.keys(bundle.files)) {
      const source = await readFile(path.join(folder, name), "utf8");
      assert.doesNotMatch(source, /["']node:|\bfrom ?["'](fs|path|os|crypto)["']/, name);
    }
  });

  it("loads less than a megabyte before the first model", () => {
    assert.ok(bundle.firstLoadBytes < 1_000_000, `${bundle.firstLoadBytes} bytes`);
  });

  describe(`in Chromium${executablePath === undefined ? " (not installed; RESIDENCY_CHROMIUM names it)" : ""}`, function () {
    this.timeout(90_000);
    let browser: Browser;
    let server: StaticServer;
    let plain: StaticServer;
    let expected: RecipeResult;
    const assets = path.join(repositoryRoot, "assets");

    before(async function () {
      if (executablePath === undefined) this.skip();
      const folders = { "/": folder, "/assets/": assets };
      server = await serveFolders({ folders });
      plain = await serveFolders({ folders, isolated: false });
      browser = await chromium.launch({ executablePath, args: ["--disable-gpu", "--no-first-run"] });
      expected = await fineTuneIntern({ assets, backend: "residency-cpu" });
    });

    after(async () => {
      // What was not started because of a skip is not there.
      await (browser as Browser | undefined)?.close();
      await (server as StaticServer | undefined)?.close();
      await (plain as StaticServer | undefined)?.close();
    });

    /** A page of the server, and whatever went wrong in it. */
    async function openPage(address: string): Promise<{ page: Page; errors: string[] }> {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(address);
      return { page, errors };
    }

    const train = (page: Page, options: string): Promise<RecipeResult> =>
      page.evaluate(
        `import("./recipe.js").then(({ fineTuneIntern }) => fineTuneIntern({ assets: location.origin + "/assets", ${options} }))`,
      );

    for (const isolated of [true, false]) {
      it(`trains to Node's losses on ${isolated ? "several threads" : "one thread where the page is not isolated"}`, async () => {
        const { page, errors } = await openPage((isolated ? server : plain).address);
        const result = await train(page, 'backend: "residency-cpu"');
        await page.close();
        assert.deepEqual(errors, []);
        assert.equal(result.backend, "residency-cpu");
        assert.match(result.reason, isolated ? /, ([2-9]|1\d) threads,/ : /, 1 thread,/);
        assert.equal(result.losses.length, 5);
        assertClose(result.losses, expected.losses, 1e-4, "losses");
        assert.equal(result.answer, expected.answer);
        assert.equal(result.answerAfterLoading, expected.answer);
      });
    }

    it("says what a browser cannot do, with a code", async () => {
      const { page } = await openPage(server.address);
      const codes = await page.evaluate(`import("./residency.js").then(async (residency) => {
        const codeOf = async (attempt) => { try { await attempt(); return "none"; } catch (error) { return error.code; } };
        return [
          await codeOf(() => residency.setBackend("tensorflow")),
          await codeOf(() => residency.uploadFolder("adapter", "owner/name")),
          await codeOf(() => residency.pushToHub("adapter", "owner/name")),
          await codeOf(() => residency.peakRssMb()),
          await codeOf(() => residency.AutoModelForCausalLM.fromPretrained(location.origin + "/nothing")),
        ];
      })`);
      await page.close();
      assert.deepEqual(codes, ["E_BACKEND", "E_PLATFORM", "E_PLATFORM", "E_PLATFORM", "E_CHECKPOINT"]);
    });

    it("downloads a model from the hub into the page's memory, checked by its hash", async () => {
      const folder = path.join(assets, "intern");
      const names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
      const contents = await Promise.all(names.map((name) => readFile(path.join(folder, name))));
      const hub = await startHubServer({
        "owner/intern": Object.fromEntries(names.map((name, index) => [name, contents[index]!])),
      });
      try {
        const { page } = await openPage(server.address);
        const load = (): Promise<number | string> =>
          page.evaluate(`import("./residency.js").then(async (residency) => {
            await residency.setBackend("residency-cpu");
            const options = { endpoint: "${hub.endpoint}", token: "hf_test", attempts: 1 };
            try {
              const model = await residency.AutoModelForCausalLM.fromPretrained("owner/intern", options);
              return [...model.namedParameters()].length;
            } catch (error) { return error.code; }
          })`);
        hub.intercept = (request, response) => {
          if (!request.url.startsWith("/objects/")) return false;
          response.end(Buffer.alloc(contents[1]!.length));
          return true;
        };
        assert.equal(await load(), "E_HUB_INTEGRITY");
        hub.intercept = undefined;
        assert.equal(await load(), 56);
        const asked = hub.requests.length;
        assert.equal(await load(), 56);
        // The second time the listing alone is asked for.
        assert.equal(hub.requests.slice(asked).filter(({ method }) => method === "GET").length, 1);
        await page.close();
      } finally {
        await hub.close();
      }
    });

    it("shows the loss and an answer to who presses the button", async () => {
      const { page, errors } = await openPage(server.address);
      await page.fill("input[name=steps]", "3");
      await page.selectOption("select[name=backend]", "residency-cpu");
      await page.click("button");
      await page.waitForFunction(`document.querySelector("#status").textContent.includes("3 steps in")`);
      const points = await page.getAttribute("#line", "points");
      const picture = process.env["RESIDENCY_SCREENSHOT"];
      if (picture !== undefined) await page.screenshot({ path: picture, fullPage: true });
      await page.close();
      assert.deepEqual(errors, []);
      assert.equal(points?.split(" ").length, 3);
    });
  });
});
