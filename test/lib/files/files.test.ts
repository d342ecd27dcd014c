/** One suite for files on a disk and for files in memory: what the library asks of both. */
import assert from "node:assert/strict";
import os from "node:os";
import {
  assetsFolder as browserAssets,
  createHash as browserHash,
  path as browserPath,
} from "../../../lib/files/browser.ts";
import { createHash, fs, path, type FileSystem } from "../../../lib/files/index.ts";
import { createMemoryFiles } from "../../../lib/files/memory.ts";

const addresses: string[] = [];
const memory = createMemoryFiles((address) => {
  addresses.push(address);
  return Promise.resolve(new TextEncoder().encode("from the web"));
});
memory.mkdirSync("/tmp", { recursive: true });

const codeOf = (attempt: () => unknown): string => {
  try {
    attempt();
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

for (const [name, files, temporary] of [
  ["on a disk", fs, os.tmpdir()],
  ["in memory", memory, "/tmp"],
] as [string, FileSystem, string][]) {
  describe(`files ${name}`, () => {
    let folder = "";
    const within = (...names: string[]): string => path.join(folder, ...names);
    const text = (file: string): string => files.readFileSync(within(file), "utf8");

    beforeEach(() => {
      folder = files.mkdtempSync(path.join(temporary, "residency-files-"));
    });
    afterEach(() => files.rmSync(folder, { recursive: true }));

    it("are written, appended to, copied, renamed and removed", () => {
      files.writeFileSync(within("a"), "one");
      files.appendFileSync(within("a"), " two");
      files.copyFileSync(within("a"), within("b"));
      files.appendFileSync(within("a"), " three");
      files.renameSync(within("b"), within("c"));
      assert.deepEqual([text("a"), text("c")], ["one two three", "one two"]);
      assert.equal(files.existsSync(within("b")), false);
      files.rmSync(within("a"));
      files.rmSync(within("a"), { force: true });
      assert.deepEqual(files.readdirSync(folder), ["c"]);
    });

    it("lie in folders that can be listed, copied, renamed and removed whole", () => {
      files.mkdirSync(within("x/y"), { recursive: true });
      files.mkdirSync(within("x/y"), { recursive: true });
      files.writeFileSync(within("x/y/z"), "deep");
      files.cpSync(within("x"), within("copy"), { recursive: true });
      files.renameSync(within("x"), within("moved"));
      assert.equal(text("copy/y/z") + text("moved/y/z"), "deepdeep");
      const names = files.readdirSync(folder, { recursive: true, encoding: "utf8" });
      assert.deepEqual(names.sort(), ["copy", "copy/y", "copy/y/z", "moved", "moved/y", "moved/y/z"]);
      const entries = files.readdirSync(within("moved"), { withFileTypes: true });
      assert.deepEqual(
        entries.map((entry) => [entry.name, entry.isDirectory()]),
        [["y", true]],
      );
      assert.equal(files.statSync(within("moved")).isDirectory(), true);
      files.rmSync(within("moved"), { recursive: true });
      assert.deepEqual(files.readdirSync(folder), ["copy"]);
    });

    it("are read and written in parts through a number", () => {
      const file = files.openSync(within("parts"), "wx+");
      assert.equal(files.writeSync(file, new Uint8Array([1, 2, 3, 4]), 0, 4, 0), 4);
      assert.equal(files.writeSync(file, new Uint8Array([9, 9]), 0, 1, 2), 1);
      assert.equal(files.writeSync(file, new Uint8Array([7]), 0, 1, 6), 1);
      files.fsyncSync(file);
      const bytes = new Uint8Array(8);
      assert.equal(files.readSync(file, bytes, 1, 7, 0), 7);
      assert.deepEqual([...bytes], [0, 1, 2, 9, 4, 0, 0, 7]);
      assert.equal(files.fstatSync(file).size, 7);
      assert.equal(files.readSync(file, bytes, 0, 8, 7), 0);
      files.closeSync(file);
      assert.equal(
        codeOf(() => files.fstatSync(file)),
        "EBADF",
      );
    });

    it("are read and written through handles and streams that wait", async () => {
      for (const [flags, part] of [
        ["w", "ab"],
        ["a", "cd"],
      ] as const) {
        const handle = await files.promises.open(within("waiting"), flags);
        await handle.write(new TextEncoder().encode(part));
        await handle.sync();
        await handle.close();
      }
      const handle = await files.promises.open(within("waiting"), "r");
      const bytes = new Uint8Array(3);
      assert.equal((await handle.read(bytes, 0, 3, 2)).bytesRead, 2);
      assert.equal((await handle.stat()).size, 4);
      await handle.close();
      assert.equal(await files.promises.readFile(within("waiting"), "utf8"), "abcd");
      assert.equal(await files.promises.readFile(within("waiting"), "base64"), "YWJjZA==");
      const parts: number[] = [];
      const stream = files.createReadStream(within("waiting"), { highWaterMark: 3 });
      for await (const part of stream) parts.push(part.length);
      assert.deepEqual(parts, [3, 1]);
      assert.deepEqual(await files.promises.readdir(folder, { recursive: true }), ["waiting"]);
    });

    it("give Node's codes for what is missing, there already, or of another kind", () => {
      files.mkdirSync(within("folder"), { recursive: true });
      files.writeFileSync(within("file"), "");
      assert.equal(
        codeOf(() => files.readFileSync(within("none"))),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => files.statSync(within("none"))),
        "ENOENT",
      );
      assert.equal(files.statSync(within("none"), { throwIfNoEntry: false }), undefined);
      assert.equal(
        codeOf(() => files.writeFileSync(within("none/file"), "")),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => files.writeFileSync(within("file"), "", { flag: "wx" })),
        "EEXIST",
      );
      assert.equal(
        codeOf(() => files.openSync(within("file"), "wx")),
        "EEXIST",
      );
      assert.equal(
        codeOf(() => files.readFileSync(within("folder"))),
        "EISDIR",
      );
      assert.equal(
        codeOf(() => files.readdirSync(within("file"))),
        "ENOTDIR",
      );
      assert.equal(
        codeOf(() => files.renameSync(within("none"), within("other"))),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => files.realpathSync(within("none"))),
        "ENOENT",
      );
    });

    it("tell when they were changed", () => {
      files.writeFileSync(within("old"), "");
      files.utimesSync(within("old"), new Date(5000), new Date(5000));
      assert.equal(files.statSync(within("old")).mtimeMs, 5000);
    });
  });
}

describe("files of a browser", () => {
  it("are fetched once from an address on the web", async () => {
    const address = "https://example.org/rows.jsonl?a=b";
    assert.equal((await memory.promises.stat(address)).size, 12);
    assert.equal(await memory.promises.readFile(address, "utf8"), "from the web");
    assert.deepEqual(addresses, [address]);
  });

  it("have Node's hashes and paths", () => {
    for (const algorithm of ["sha256", "sha1"] as const) {
      const [ours, nodes] = [browserHash, createHash].map((make) =>
        make(algorithm)
          .update("blob 3\0")
          .update(new Uint8Array([1, 2, 255]))
          .digest("hex"),
      );
      assert.equal(ours, nodes);
    }
    assert.equal(browserPath.join("/a", "..", "b", "c.json"), "/b/c.json");
    assert.equal(browserPath.relative("/a/snapshots/x", "/a/blobs/y"), "../../blobs/y");
    assert.equal(browserPath.resolve("/a", "b/"), "/a/b");
    assert.deepEqual([browserPath.basename("/a/b"), browserPath.dirname("/a/b")], ["b", "/a"]);
    assert.equal(browserAssets(), "/assets");
  });
});
