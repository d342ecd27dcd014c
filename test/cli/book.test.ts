/** Tests of the book: its pages and links, and its search in a browser. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { buildBook } from "../../cli/book/index.ts";
import type { BuiltBook } from "../../cli/book/index.ts";
import { findChromium } from "../support/chromium.ts";
import { repositoryRoot } from "../support/paths.ts";

const executablePath = findChromium();

describe("the book", function () {
  this.timeout(60_000);
  let parent: string;
  let book: BuiltBook;
  before(async () => {
    parent = await mkdtemp(path.join(os.tmpdir(), "residency-book-"));
    book = await buildBook(repositoryRoot, path.join(parent, "book"));
  });
  after(() => rm(parent, { recursive: true }));

  it("has a page for every notebook, in their order, with all of their sections", async () => {
    const notebooks = (await readdir(path.join(repositoryRoot, "notebooks")))
      .filter((name) => name.endsWith(".ipynb"))
      .map((name) => path.basename(name, ".ipynb"));
    assert.deepEqual(
      book.chapters.map(({ name }) => name),
      notebooks.sort(),
    );
    for (const { name, sections } of book.chapters) {
      const page = await readFile(path.join(book.folder, `${name}.html`), "utf8");
      assert.equal(page.split('<section class="part"').length - 1, sections);
      assert.ok(sections > 5);
      assert.doesNotMatch(page.replaceAll(/srcdoc="[^"]*"/g, ""), /&lt;(?:details|summary)/);
    }
  });

  it("has no link that leads nowhere, and asks no other server for anything", async () => {
    const pages = (await readdir(book.folder)).filter((name) => name.endsWith(".html"));
    const texts = new Map<string, string>();
    for (const name of pages) texts.set(name, await readFile(path.join(book.folder, name), "utf8"));
    for (const [name, text] of texts) {
      // Frames hold outputs, and documents of their own.
      const own = text.replaceAll(/srcdoc="[^"]*"/g, "");
      assert.doesNotMatch(own, /(?:src|<link[^>]*href)="(?:https?:)?\/\//);
      for (const [, address = ""] of own.matchAll(/<a [^>]*href="([^"]*)"/g)) {
        if (/^https?:/.test(address)) continue;
        const [file = "", id] = address.split("#");
        assert.ok(
          file === "" || existsSync(path.join(book.folder, decodeURIComponent(file))),
          `${name}: ${address}`,
        );
        const target = texts.get(file === "" ? name : file);
        if (id !== undefined)
          assert.ok(target?.includes(`id="${decodeURIComponent(id)}"`), `${name}: ${address}`);
      }
    }
  });

  it("has the course in Korean beside the English pages, each leading to the other", async () => {
    assert.deepEqual(book.translations, [{ language: "ko", chapters: book.chapters.length }]);
    const korean = path.join(book.folder, "ko");
    for (const { name, sections } of book.chapters) {
      const page = await readFile(path.join(korean, `${name}.html`), "utf8");
      assert.match(page, /<html lang="ko">/);
      assert.ok(
        page.includes(`<a class="language" lang="en" hreflang="en" href="../${name}.html">English</a>`),
      );
      assert.equal(page.split('<section class="part"').length - 1, sections);
      const english = await readFile(path.join(book.folder, `${name}.html`), "utf8");
      assert.ok(english.includes(`hreflang="ko" href="ko/${name}.html">한국어</a>`));
      for (const [, address = ""] of page
        .replaceAll(/srcdoc="[^"]*"/g, "")
        .matchAll(/<a [^>]*href="([^"#]+)[^"]*"/g))
        assert.ok(
          /^https?:/.test(address) || existsSync(path.join(korean, decodeURIComponent(address))),
          `ko/${name}.html: ${address}`,
        );
    }
  });

  it("is written again over a book, and never over a folder of something else", async () => {
    const first = await readFile(path.join(book.folder, "search-index.js"), "utf8");
    await buildBook(repositoryRoot, book.folder);
    assert.equal(await readFile(path.join(book.folder, "search-index.js"), "utf8"), first);
    await writeFile(path.join(parent, "thesis.txt"), "");
    await assert.rejects(buildBook(repositoryRoot, parent), /holds files that are no book/);
    assert.ok(existsSync(path.join(parent, "thesis.txt")));
    await assert.rejects(buildBook(parent, path.join(parent, "other")), /no notebook/);
  });

  it("gives an HTML output the height of its content, out of sight and in a narrower window too", async function () {
    if (executablePath === undefined) {
      console.log("Chromium is not installed: the book was not opened in it");
      this.skip();
    }
    const browser = await chromium.launch({ executablePath, args: ["--disable-gpu", "--no-first-run"] });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      for (const name of ["02-tokens", "14-clinical-sft"]) {
        await page.goto(pathToFileURL(path.join(book.folder, `${name}.html`)).href);
        for (const width of [1280, 640]) {
          await page.setViewportSize({ width, height: 900 });
          const frames = await page.locator("iframe.html-output").elementHandles();
          assert.ok(frames.length > 0);
          for (const frame of frames) {
            const inner = (await frame.contentFrame())!;
            // The second figure has the bar that scrolls sideways, where a table is wider than the window.
            const heights = (): Promise<[number, number]> =>
              inner.evaluate<[number, number]>(
                "[innerHeight, document.documentElement.offsetHeight + innerHeight - document.documentElement.clientHeight]",
              );
            for (
              let tries = 0, [is, wanted] = await heights();
              is !== wanted;
              [is, wanted] = await heights()
            ) {
              assert.ok(++tries < 400, `${name}, ${width} wide: the frame has ${is} pixels of ${wanted}`);
              await page.waitForTimeout(50);
            }
          }
        }
      }
    } finally {
      await browser.close();
    }
  });

  it("opens in a browser without a server: pictures are there, and the search finds a section by keys alone", async function () {
    if (executablePath === undefined) {
      console.log("Chromium is not installed: the book was not opened in it");
      this.skip();
    }
    const browser = await chromium.launch({ executablePath, args: ["--disable-gpu", "--no-first-run"] });
    try {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") faults.push(message.text());
      });
      page.on("pageerror", (error) => faults.push(error.message));
      await page.goto(pathToFileURL(path.join(book.folder, "index.html")).href);
      await page.click('.chapters a:has-text("Next-token prediction")');
      await page.waitForURL(/03-/);
      await page.waitForLoadState("load"); // keys that are pressed before the page listens are lost
      // Runs in the page, whose types this project has not.
      const widths = await page.evaluate<number[]>("[...document.images].map((image) => image.naturalWidth)");
      assert.ok(widths.length > 0 && widths.every((width) => width > 100));
      await page.keyboard.press("/");
      await page.keyboard.type("cross-entropy overfl");
      await page.locator("#results [aria-selected='true'] a", { hasText: /overflow/ }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\.html#/);
      const id = decodeURIComponent(new URL(page.url()).hash.slice(1));
      assert.ok(await page.locator(`[id="${id}"]`).isVisible());
      await page.keyboard.press("/");
      await page.fill("#search", "zzzzqqq");
      await page.waitForSelector("#search-state:not([hidden])");
      assert.match(await page.innerText("#search-state"), /Nothing is found/);
      await page.keyboard.press("Escape");
      assert.ok(await page.locator("#results").isHidden());
      assert.deepEqual(faults, []);
    } finally {
      await browser.close();
    }
  });
});
