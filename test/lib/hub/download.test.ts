/** Downloads from a hub on loopback: the cache's layout, resumption, hashes, errors, the token and offline mode. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { AutoModelForCausalLM, AutoTokenizer } from "../../../lib/index.ts";
import { hfHubDownload, snapshotDownload, type DownloadOptions } from "../../../lib/hub/index.ts";
import { gitHash, hubCommit, sendContent, startHubServer, type HubServer } from "../../support/hub-server.ts";
import { fixture, repositoryRoot } from "../../support/paths.ts";

const large = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 31 + (i >> 8)) % 256));
const token = "hf_CANARYTOKEN";

describe("the hub's downloads", () => {
  let hub: HubServer;
  let cacheDir: string;
  let options: DownloadOptions;
  const environment = { ...process.env };

  beforeEach(async () => {
    for (const name of Object.keys(process.env)) {
      if (/^HF_|_proxy$|^HUGGING|OFFLINE$/i.test(name)) Reflect.deleteProperty(process.env, name);
    }
    hub = await startHubServer({
      "owner/name": {
        "config.json": "{}",
        "weights.safetensors": large,
        "sub/a.json": "[1]",
        "old.bin": "x",
      },
    });
    cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), "residency-hub-"));
    process.env["HF_HOME"] = cacheDir;
    options = { endpoint: hub.endpoint, cacheDir, retryDelay: 1, attempts: 3, token };
  });
  afterEach(async () => {
    Object.assign(process.env, environment);
    await hub.close();
    fs.rmSync(cacheDir, { recursive: true, force: true });
  });

  const repoFolder = (): string => path.join(cacheDir, "models--owner--name");
  const blobs = (): string[] => fs.readdirSync(path.join(repoFolder(), "blobs"));
  const get = (file: string, more: DownloadOptions = {}): Promise<string> =>
    hfHubDownload("owner/name", file, { ...options, ...more });
  const rejects = async (work: Promise<unknown>, code: string, message = /./): Promise<void> => {
    await assert.rejects(work, (error: Error & { code: string }) => {
      const all = `${error.message} ${String(error.cause)} ${error.stack ?? ""}`;
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(all, /CANARY/);
      return true;
    });
  };

  it("lay the cache out as huggingface_hub does, and ask nothing of a commit that is there", async () => {
    const file = await get("sub/a.json");
    assert.equal(file, path.join(repoFolder(), "snapshots", hubCommit, "sub", "a.json"));
    assert.equal(fs.readFileSync(file, "utf8"), "[1]");
    assert.equal(fs.readlinkSync(file), path.join("..", "..", "..", "blobs", gitHash(Buffer.from("[1]"))));
    assert.equal(fs.readFileSync(path.join(repoFolder(), "refs", "main"), "utf8"), hubCommit);
    const asked = hub.requests.length;
    assert.equal(await get("sub/a.json", { revision: hubCommit }), file);
    assert.equal(hub.requests.length, asked);
    await get("config.json", { revision: "refs/pr/1" });
    assert.equal(fs.readFileSync(path.join(repoFolder(), "refs/refs/pr/1"), "utf8"), hubCommit);
  });

  it("go on where they were cut, and tell how far they are", async () => {
    let cuts = 0;
    hub.intercept = (request, response) => {
      if (!request.url.startsWith("/objects/") || cuts >= 2) return false;
      const from = Number(/\d+/.exec(request.headers.range ?? "0")?.[0]);
      cuts++;
      response.writeHead(from > 0 ? 206 : 200, {
        "content-length": large.length - from,
        ...(from > 0 && { "content-range": `bytes ${from}-${large.length - 1}/${large.length}` }),
      });
      response.write(large.subarray(from, from + 70_000), () => setTimeout(() => response.destroy(), 20));
      return true;
    };
    const loaded: number[] = [];
    const file = await get("weights.safetensors", { onProgress: (progress) => loaded.push(progress.loaded) });
    assert.ok(fs.readFileSync(file).equals(large));
    const ranges = hub.requests.flatMap(({ url, headers }) =>
      url.startsWith("/objects") ? [headers.range] : [],
    );
    assert.deepEqual(ranges, [undefined, "bytes=70000-", "bytes=140000-"]);
    assert.equal(loaded.at(-1), large.length);
    assert.deepEqual(
      loaded,
      [...loaded].sort((a, b) => a - b),
    );
    assert.equal(blobs().length, 1);
  });

  it("begin again when the server knows no ranges, sends another part, or an older part is wrong", async () => {
    const answers = [
      (): boolean => false,
      (
        request: { headers: object },
        response: Parameters<NonNullable<HubServer["intercept"]>>[1],
      ): boolean => {
        sendContent({ ...hub.requests.at(-1)!, headers: {} }, response, large);
        return "headers" in request;
      },
    ];
    for (const answer of answers) {
      await get("config.json");
      const hash = await get("weights.safetensors").then((file) => path.basename(fs.realpathSync(file)));
      fs.rmSync(path.join(repoFolder(), "snapshots"), { recursive: true });
      fs.rmSync(path.join(repoFolder(), "blobs", hash));
      fs.writeFileSync(path.join(repoFolder(), "blobs", `${hash}.residency-incomplete`), "wrong".repeat(100));
      hub.intercept = (request, response) => request.url.startsWith("/objects/") && answer(request, response);
      assert.ok(fs.readFileSync(await get("weights.safetensors")).equals(large));
      hub.intercept = undefined;
    }
  });

  it("keep nothing when the content has another hash, is too long, or never ends whole", async () => {
    const wrong = Buffer.from(large).fill(1, 5, 6);
    let body: Buffer = wrong;
    hub.intercept = (request, response) => {
      if (!request.url.startsWith("/objects/")) return false;
      response.writeHead(200).end(body);
      return true;
    };
    await rejects(get("weights.safetensors"), "E_HUB_INTEGRITY", /another hash/);
    body = Buffer.concat([large, large]);
    await rejects(get("weights.safetensors"), "E_HUB_INTEGRITY", /more came/);
    assert.deepEqual(blobs(), []);
    body = large.subarray(0, 1000);
    await rejects(get("weights.safetensors"), "E_HUB", /keeps breaking/);
    assert.ok(blobs().every((name) => name.endsWith(".residency-incomplete")));
    await rejects(get("weights.safetensors", { maxBytes: 10 }), "E_HUB", /maxBytes is 10/);
  });

  it("send the token to the hub alone when it redirects to another host", async () => {
    const other = await startHubServer();
    try {
      hub.storage = other.endpoint;
      await get("config.json");
      await get("weights.safetensors").catch(() => undefined);
      other.objects = hub.objects;
      assert.ok(fs.readFileSync(await get("weights.safetensors")).equals(large));
      assert.ok(hub.requests.every(({ headers }) => headers.authorization === `Bearer ${token}`));
      assert.ok(other.requests.length > 0);
      assert.ok(other.requests.every(({ headers }) => headers.authorization === undefined));
      const cached = fs.readdirSync(cacheDir, { recursive: true, encoding: "utf8" });
      const texts = cached.filter((name) => fs.statSync(path.join(cacheDir, name)).isFile());
      assert.ok(texts.every((name) => !fs.readFileSync(path.join(cacheDir, name)).includes(token)));
    } finally {
      await other.close();
    }
  });

  it("take the token from HF_TOKEN, none when it is false, and never show one that cannot be sent", async () => {
    process.env["HF_TOKEN"] = "hf_fromEnvironment";
    await hfHubDownload("owner/name", "config.json", { endpoint: hub.endpoint, cacheDir });
    assert.equal(hub.requests.at(-1)!.headers.authorization, "Bearer hf_fromEnvironment");
    await get("sub/a.json", { token: false });
    assert.equal(hub.requests.at(-1)!.headers.authorization, undefined);
    await rejects(get("weights.safetensors", { token: "hf_CANARY\nx" }), "E_CONFIG", /characters/);
  });

  it("say what is wrong when the hub refuses", async () => {
    const cases: [number, string | undefined, string, RegExp][] = [
      [401, undefined, "E_HUB_ACCESS", /does not open it/],
      [403, "GatedRepo", "E_HUB_ACCESS", /ask for access/],
      [404, "EntryNotFound", "E_HUB_NOT_FOUND", /no such file/],
      [404, "RevisionNotFound", "E_HUB_NOT_FOUND", /no such revision/],
      [404, "RepoNotFound", "E_HUB_NOT_FOUND", /no such repository/],
      [429, undefined, "E_HUB", /too many requests/],
      [503, undefined, "E_HUB", /answers 503/],
    ];
    for (const [status, reason, code, message] of cases) {
      const before = hub.requests.length;
      hub.intercept = (_, response) => {
        response.writeHead(status, { ...(reason && { "x-error-code": reason }) }).end("CANARY-BODY");
        return true;
      };
      await rejects(get("config.json"), code, message);
      assert.equal(hub.requests.length - before, status === 429 || status === 503 ? 3 : 1);
    }
  });

  it("try again after 429 and 5xx", async () => {
    const statuses = [429, 502];
    hub.intercept = (_, response) => {
      const status = statuses.shift();
      if (status !== undefined) response.writeHead(status, { "retry-after": "0" }).end();
      return status !== undefined;
    };
    assert.equal(fs.readFileSync(await get("config.json"), "utf8"), "{}");
  });

  it("are refused when a page answers for the hub, redirects do not end, or nobody answers", async () => {
    hub.intercept = (_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>log in</html>");
      return true;
    };
    await rejects(get("config.json"), "E_HUB", /page to log in/);
    hub.intercept = (_, response) => {
      response.writeHead(301, { location: "/round" }).end();
      return true;
    };
    await rejects(get("config.json"), "E_HUB", /redirects/);
    hub.intercept = () => true;
    await rejects(get("config.json", { timeout: 30, attempts: 2 }), "E_HUB", /does not answer/);
    await rejects(get("config.json", { endpoint: "http://127.0.0.1:1" }), "E_HUB", /HF_HUB_OFFLINE=1/);
    await rejects(get("config.json", { endpoint: "ftp://host" }), "E_CONFIG", /HF_ENDPOINT/);
  });

  it("stop when the signal is aborted, and go on at the next call", async () => {
    const controller = new AbortController();
    const stopped = get("weights.safetensors", {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await rejects(stopped, "E_INTERRUPTED");
    assert.ok(fs.readFileSync(await get("weights.safetensors")).equals(large));
    assert.deepEqual(fs.readdirSync(path.join(cacheDir, ".locks", "models--owner--name")), []);
  });

  it("ask nobody when offline, and say what fetches a missing file", async () => {
    const file = await get("config.json");
    const asked = hub.requests.length;
    process.env["HF_HUB_OFFLINE"] = "1";
    assert.equal(await get("config.json"), file);
    await rejects(get("sub/a.json"), "E_HUB_OFFLINE", /hf download owner\/name/);
    await rejects(hfHubDownload("owner/other", "a.json", options), "E_HUB_OFFLINE");
    await rejects(snapshotDownload("owner/other", options), "E_HUB_OFFLINE");
    assert.equal(hub.requests.length, asked);
  });

  it("of whole snapshots leave pickles out, follow patterns, and know offline what is missing", async () => {
    const json = await snapshotDownload("owner/name", { ...options, allowPatterns: ["*.json"] });
    assert.deepEqual(fs.readdirSync(json, { recursive: true }).sort(), ["config.json", "sub", "sub/a.json"]);
    const offline = { ...options, localFilesOnly: true };
    assert.equal(await snapshotDownload("owner/name", { ...offline, ignorePatterns: ["weights*"] }), json);
    await rejects(snapshotDownload("owner/name", offline), "E_HUB_OFFLINE", /weights\.safetensors/);
    assert.equal(await snapshotDownload("owner/name", options), json);
    assert.ok(fs.existsSync(path.join(json, "weights.safetensors")));
    assert.ok(!fs.existsSync(path.join(json, "old.bin")));
    await rejects(get("old.bin"), "E_CONFIG", /pickle/);
  });

  it("refuse names that could leave the cache, and links in it that lead out", async () => {
    const files = [
      "../x",
      "/etc/x",
      "a/../../x",
      "%2e%2e/x",
      "a\\b",
      "a\0b",
      "C:x",
      "x".repeat(300),
      "a//b",
      ".",
    ];
    for (const file of files) await rejects(get(file), "E_CONFIG", /as a file name/);
    for (const id of ["../x", "a/b/c", "a/..", "a--b/c", "-a/b", "a/b.git", "a".repeat(300), "a/b%2e"]) {
      await rejects(hfHubDownload(id, "x", options), "E_CONFIG", /as a repository/);
    }
    for (const revision of ["../x", "a/../b", "/a", "a\\b", "a b", "a.lock", "%2e%2e"]) {
      await rejects(get("config.json", { revision }), "E_CONFIG", /as a revision/);
    }
    assert.equal(hub.requests.length, 0);
    const outside = fs.mkdtempSync(path.join(os.tmpdir(), "residency-outside-"));
    try {
      for (const planted of ["", "blobs", "snapshots", "refs", `snapshots/${hubCommit}`]) {
        const link = path.join(repoFolder(), planted);
        fs.rmSync(repoFolder(), { recursive: true, force: true });
        fs.mkdirSync(path.dirname(link), { recursive: true });
        fs.symlinkSync(outside, link);
        await rejects(get("config.json"), "E_HUB_INTEGRITY", /a link leads from the cache/);
      }
      assert.deepEqual(fs.readdirSync(outside), []);
    } finally {
      fs.rmSync(outside, { recursive: true });
    }
  });

  it("of two processes at once fetch a content once, and take over the lock of one that was killed", async () => {
    const module = pathToFileURL(path.join(repositoryRoot, "dist/lib/hub/index.js")).href;
    const code = `import { hfHubDownload } from ${JSON.stringify(module)};
      await hfHubDownload("owner/name", "weights.safetensors", ${JSON.stringify(options)});`;
    const start = () => spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
    const ended = (child: ReturnType<typeof start>): Promise<number | null> =>
      new Promise((resolve) => child.on("exit", resolve));
    let isHeld = true;
    let asked!: () => void;
    const firstAsked = new Promise<void>((resolve) => (asked = resolve));
    hub.intercept = (request, response) => {
      if (!request.url.startsWith("/objects/") || !isHeld) return false;
      isHeld = false;
      response.writeHead(200, { "content-length": large.length });
      response.write(large.subarray(0, 50_000), asked);
      return true;
    };
    const killed = start();
    await firstAsked;
    await new Promise((resolve) => setTimeout(resolve, 100));
    killed.kill("SIGKILL");
    await ended(killed);
    assert.deepEqual(await Promise.all([start(), start()].map(ended)), [0, 0]);
    assert.equal(hub.requests.filter(({ url }) => url.startsWith("/objects/")).length, 2);
    assert.equal(blobs().length, 1);
    const file = path.join(repoFolder(), "snapshots", hubCommit, "weights.safetensors");
    assert.ok(fs.readFileSync(file).equals(large));
    assert.deepEqual(fs.readdirSync(path.join(cacheDir, ".locks", "models--owner--name")), []);
  });

  it("load a model and its tokenizer by owner/name, also offline", async () => {
    const read = (folder: string): Record<string, Buffer> =>
      Object.fromEntries(
        fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name))]),
      );
    const files = { ...read(fixture("models", "llama")), ...read(fixture("tokenizers", "bytelevel-gpt2")) };
    const templates = { "additional_chat_templates/rag.jinja": Buffer.from("{{ documents[0].text }}") };
    hub.repos.set("owner/llama", new Map(Object.entries({ ...files, ...templates })));
    hub.repos.set("owner/pickled", new Map(Object.entries({ "config.json": Buffer.from("{}") })));
    for (const localFilesOnly of [false, true]) {
      const model = await AutoModelForCausalLM.fromPretrained("owner/llama", { ...options, localFilesOnly });
      assert.equal(model.config.hiddenSize > 0, true);
      model.dispose();
      const tokenizer = await AutoTokenizer.fromPretrained("owner/llama", { ...options, localFilesOnly });
      assert.equal(tokenizer.decode(tokenizer.encode("fever")), "fever");
      assert.deepEqual(tokenizer.chatTemplates, { rag: "{{ documents[0].text }}" });
    }
    assert.ok(!hub.requests.some(({ url }) => url.includes("expected")));
    await rejects(
      AutoModelForCausalLM.fromPretrained("owner/pickled", options),
      "E_CHECKPOINT",
      /safetensors/,
    );
    await rejects(AutoModelForCausalLM.fromPretrained("owner/none", options), "E_HUB_NOT_FOUND");
  });
});
