/** Tests of the history: over sessions, on a disk that others use, is full or is not there, and in patterns. */
import assert from "node:assert/strict";
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { globTest } from "../../kernel/session/glob.ts";
import { createHistory } from "../../kernel/session/history.ts";
import type { History } from "../../kernel/session/history.ts";
import { historyFilePath, openHistoryFile } from "../../kernel/session/history-file.ts";
import { launchKernel } from "../../kernel/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { startProtocolKernel } from "../support/protocol-client.ts";

describe("history", () => {
  let folder: string;
  let file: string;
  let logged: string[];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-history-"));
    file = path.join(folder, "deep", "history.jsonl");
    logged = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = (maxBytes?: number): ReturnType<typeof openHistoryFile> =>
    openHistoryFile({
      file,
      log: (text) => logged.push(text),
      delayMs: 1,
      ...(maxBytes !== undefined && { maxBytes }),
    });
  const find = async (history: History, request: object): Promise<unknown[]> =>
    (await history.find(request as never)).history;
  /** A session that has run these cells and ended. */
  const session = async (...codes: string[]): Promise<void> => {
    const history = createHistory(open());
    codes.forEach((code, index) => history.add(index + 1, code));
    await history.close();
  };

  it("gives the tail, ranges by session and searches when sessions have been before", async () => {
    await session("const a = 1", "a + 1");
    await session("a + 1", "plot([a])");
    const history = createHistory(open());
    history.add(1, "let b = 2");
    history.add(2, "a + 1");
    history.addResult(2, "2");
    assert.deepEqual(await find(history, { hist_access_type: "tail", n: 3 }), [
      [2, 2, "plot([a])"],
      [3, 1, "let b = 2"],
      [3, 2, "a + 1"],
    ]);
    const range = (session: number, rest: object = {}): Promise<unknown[]> =>
      find(history, { hist_access_type: "range", session, ...rest });
    assert.deepEqual(await range(0), [
      [3, 1, "let b = 2"],
      [3, 2, "a + 1"],
    ]);
    assert.deepEqual(await range(-1, { start: 2 }), [[2, 2, "plot([a])"]]);
    assert.deepEqual(await range(-2, { start: 1, stop: 2 }), [[1, 1, "const a = 1"]]);
    assert.deepEqual(await range(1, { start: -1 }), [[1, 2, "a + 1"]]);
    assert.deepEqual(await range(0, { stop: -1 }), [[3, 1, "let b = 2"]]);
    assert.deepEqual(await range(3), await range(0));
    assert.deepEqual(await range(-3), []);
    assert.deepEqual(await range(9), []);
    const search = (rest: object): Promise<unknown[]> =>
      find(history, { hist_access_type: "search", ...rest });
    assert.deepEqual(await search({ pattern: "a*" }), [
      [1, 2, "a + 1"],
      [2, 1, "a + 1"],
      [3, 2, "a + 1"],
    ]);
    assert.deepEqual(await search({ pattern: "*a*", unique: true, n: 2 }), [
      [2, 2, "plot([a])"],
      [3, 2, "a + 1"],
    ]);
    assert.deepEqual(await search({ pattern: "a + ?", n: 1, output: true }), [[3, 2, ["a + 1", "2"]]]);
    assert.deepEqual(await range(-1, { stop: 2, output: true }), [[2, 1, ["a + 1", null]]]);
    await history.close();
    assert.deepEqual(logged, []);
  });

  it("keeps inputs of this session alone, in memory, when there is no file", async () => {
    const history = createHistory();
    history.add(1, "1");
    assert.deepEqual(await find(history, { hist_access_type: "tail", n: 10 }), [[1, 1, "1"]]);
    assert.deepEqual(await find(history, { hist_access_type: "tail", n: 0 }), []);
    await history.close();
  });

  it("lets nobody else read the file when it writes it", async function () {
    if (process.platform === "win32") {
      console.log("    skipped: Windows has no file modes");
      this.skip();
    }
    await session("secret");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(path.dirname(file))).mode & 0o777, 0o700);
    await chmod(file, 0o644);
    await session("secret");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("skips what is broken, and goes on behind it, when a kernel died while it wrote", async () => {
    await session("first");
    await appendFile(file, '\n{"session":"x","line":1,"co');
    await session("second");
    await appendFile(
      file,
      '\n\n[]\n5\n{"session":1,"line":1,"code":"no"}\n{"session":"y","line":0.5,"code":"no"}\n',
    );
    await appendFile(file, Buffer.from([0xff, 0x00, 0x0a]));
    await session("third");
    const found = await open().read();
    assert.deepEqual(
      found.map(({ code }) => code),
      ["first", "second", "third"],
    );
  });

  it("loses no line and stays within bounds when several kernels write at the same time", async () => {
    const maxBytes = 20_000;
    const writers = Array.from({ length: 4 }, () => open(maxBytes));
    for (let line = 1; line <= 100; line++) {
      for (const writer of writers) writer.add(line, `line ${line}`);
      if (line % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(writers.map((writer) => writer.close()));
    const [reader] = writers;
    assert.ok(reader);
    const found = await reader.read();
    // What was set aside is followed by what came later, without a gap.
    for (const { session } of writers) {
      const lines = found.filter((input) => input.session === session).map(({ line }) => line);
      assert.deepEqual(
        lines,
        lines.map((_, index) => 101 - lines.length + index),
      );
      assert.ok(lines.length > 0);
    }
    const names = await readdir(path.dirname(file));
    // The last line of all may have filled the file, which is set aside then.
    assert.deepEqual(
      names.filter((name) => name !== "history.jsonl"),
      ["history.jsonl.1"],
    );
    for (const name of names) {
      assert.ok((await stat(path.join(path.dirname(file), name))).size < 2 * maxBytes, name);
    }
    assert.deepEqual(logged, []);
  });

  it("sets a file aside again when the kernel that was about to do so has died", async () => {
    await session("x".repeat(200));
    await writeFile(`${file}.lock`, "");
    await utimes(`${file}.lock`, 0, 0);
    for (let time = 0; time < 2; time++) {
      const writer = open(100);
      writer.add(1, "more");
      await writer.close();
    }
    assert.deepEqual(await readdir(path.dirname(file)), ["history.jsonl.1"]);
    assert.equal((await open().read()).length, 3);
  });

  it("says so once and keeps the session in memory when the disk cannot be written", async () => {
    await writeFile(path.join(folder, "deep"), "a file where the folder should be");
    const history = createHistory(open());
    for (let line = 1; line <= 3; line++) {
      history.add(line, `cell ${line}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal((await find(history, { hist_access_type: "tail" })).length, 3);
    await history.close();
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? "", /^the history is not kept: E/);
  });

  it("touches nothing when the path is that of a folder or a device", async () => {
    await mkdir(file, { recursive: true });
    await session("x");
    assert.match(logged[0] ?? "", /is not a file/);
    assert.deepEqual(await open().read(), []);
  });

  it("is kept where RESIDENCY_HISTORY says, and nowhere when that is off or empty", () => {
    const before = { ...process.env };
    try {
      process.env["JUPYTER_DATA_DIR"] = folder;
      delete process.env["RESIDENCY_HISTORY"];
      assert.equal(historyFilePath(), path.join(folder, "residency", "history.jsonl"));
      for (const off of ["off", "OFF", "", " "]) {
        process.env["RESIDENCY_HISTORY"] = off;
        assert.equal(historyFilePath(), undefined);
      }
      process.env["RESIDENCY_HISTORY"] = file;
      assert.equal(historyFilePath(), file);
    } finally {
      for (const name of ["JUPYTER_DATA_DIR", "RESIDENCY_HISTORY"]) {
        const value = before[name];
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  });

  it("is remembered by the next kernel, without silent and unstored cells, when Jupyter starts kernels", async function () {
    this.timeout(30_000);
    const first = await startProtocolKernel({ history: file });
    await first.execute("const one = 1");
    await first.execute("'silent'", { silent: true });
    await first.execute("'unstored'", { store_history: false });
    await first.request("control", "shutdown_request", { restart: false });
    assert.equal(await first.exited, 0);
    await first.stop();
    const second = await startProtocolKernel({ history: file });
    try {
      await second.execute("const two = 2");
      const { reply } = await second.request("shell", "history_request", { hist_access_type: "tail", n: 10 });
      assert.deepEqual(reply.content["history"], [
        [1, 1, "const one = 1"],
        [2, 1, "const two = 2"],
      ]);
    } finally {
      await second.stop();
    }
  });

  it("is not kept when a program runs cells through the client", async function () {
    this.timeout(30_000);
    const kernel = await launchKernel({
      cwd: repositoryRoot,
      env: { ...process.env, RESIDENCY_HISTORY: file, JUPYTER_DATA_DIR: folder },
    });
    await kernel.execute("1");
    await kernel.shutdown();
    assert.deepEqual(await readdir(folder), []);
  });
});

describe("globTest", () => {
  it("matches whole texts as a shell does when a pattern has wildcards and sets", () => {
    const cases: [string, string, boolean][] = [
      ["abc", "abc", true],
      ["abc", "abcd", false],
      ["*", "", true],
      ["a*c", "a\nb\nc", true],
      ["a*b*c", "aXbXbXc", true],
      ["a*b*c", "aXcXb", false],
      ["?", "😀", true],
      ["?", "", false],
      ["[a-c]x", "bx", true],
      ["[a-c]x", "dx", false],
      ["[^a-c]x", "dx", true],
      ["[!a-c]x", "ax", false],
      ["[]]x", "]x", true],
      ["[a-]", "-", true],
      ["f(x[", "f(x[", true],
      ["1?+*1", "1 + 1 + 2", false],
      ["1?+*1", "1 +1", true],
      [".+(a|b)$", ".+(a|b)$", true],
      [".+(a|b)$", "aa", false],
    ];
    for (const [pattern, text, expected] of cases) {
      assert.equal(globTest(pattern)(text), expected, `${pattern} on ${text}`);
    }
  });

  it("ends soon when a pattern has many wildcards and the text does not match", () => {
    const start = performance.now();
    assert.equal(globTest("*a".repeat(40) + "b")("a".repeat(20_000)), false);
    assert.ok(performance.now() - start < 2000);
  });
});
