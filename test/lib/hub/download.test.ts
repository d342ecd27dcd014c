/** Downloads from a hub on loopback: the cache's layout, resumption, the token, offline mode and whole models. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { AutoModelForCausalLM, AutoTokenizer } from "../../../lib/index.ts";
import { hfHubDownload, snapshotDownload } from "../../../lib/hub/index.ts";
import { hubDownloads, large, rejects, token } from "../../support/hub-downloads.ts";
import { gitHash, hubCommit, sendContent, startHubServer, type HubServer } from "../../support/hub-server.ts";
import { fixture, repositoryRoot } from "../../support/paths.ts";

describe("the hub's downloads", () => {
  const setup = hubDownloads();
  const { get } = setup;

  it("lay the cache out as huggingface_hub does, and ask nothing of a commit that is there", async () => {
    const file = await get("sub/a.json");
    assert.equal(file, path.join(setup.repoFolder(), "snapshots", hubCommit, "sub", "a.json"));
    assert.equal(fs.readFileSync(file, "utf8"), "[1]");
    assert.equal(fs.readlinkSync(file), path.join("..", "..", "..", "blobs", gitHash(Buffer.from("[1]"))));
    assert.equal(fs.readFileSync(path.join(setup.repoFolder(), "refs", "main"), "utf8"), hubCommit);
    const asked = setup.hub.requests.length;
    assert.equal(await get("sub/a.json", { revision: hubCommit }), file);
    assert.equal(setup.hub.requests.length, asked);
    await get("config.json", { revision: "refs/pr/1" });
    assert.equal(fs.readFileSync(path.join(setup.repoFolder(), "refs/refs/pr/1"), "utf8"), hubCommit);
  });

  it("go on where they were cut, and tell how far they are", async () => {
    let cuts = 0;
    setup.hub.intercept = (request, response) => {
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
    const ranges = setup.hub.requests.flatMap(({ url, headers }) =>
      url.startsWith("/objects") ? [headers.range] : [],
    );
    assert.deepEqual(ranges, [undefined, "bytes=70000-", "bytes=140000-"]);
    assert.equal(loaded.at(-1), large.length);
    assert.deepEqual(
      loaded,
      [...loaded].sort((a, b) => a - b),
    );
    assert.equal(setup.blobs().length, 1);
  });

  it("begin again when the server knows no ranges, sends another part, or an older part is wrong", async () => {
    const answers = [
      (): boolean => false,
      (
        request: { headers: object },
        response: Parameters<NonNullable<HubServer["intercept"]>>[1],
      ): boolean => {
        sendContent({ ...setup.hub.requests.at(-1)!, headers: {} }, response, large);
        return "headers" in request;
      },
    ];
    for (const answer of answers) {
      await get("config.json");
      const hash = await get("weights.safetensors").then((file) => path.basename(fs.realpathSync(file)));
      fs.rmSync(path.join(setup.repoFolder(), "snapshots"), { recursive: true });
      fs.rmSync(path.join(setup.repoFolder(), "blobs", hash));
      fs.writeFileSync(
        path.join(setup.repoFolder(), "blobs", `${hash}.residency-incomplete`),
        "wrong".repeat(100),
      );
      setup.hub.intercept = (request, response) =>
        request.url.startsWith("/objects/") && answer(request, response);
      assert.ok(fs.readFileSync(await get("weights.safetensors")).equals(large));
      setup.hub.intercept = undefined;
    }
  });

  it("send the token to the hub alone when it redirects to another host", async () => {
    const other = await startHubServer();
    try {
      setup.hub.storage = other.endpoint;
      await get("config.json");
      await get("weights.safetensors").catch(() => undefined);
      other.objects = setup.hub.objects;
      assert.ok(fs.readFileSync(await get("weights.safetensors")).equals(large));
      assert.ok(setup.hub.requests.every(({ headers }) => headers.authorization === `Bearer ${token}`));
      assert.ok(other.requests.length > 0);
      assert.ok(other.requests.every(({ headers }) => headers.authorization === undefined));
      const cached = fs.readdirSync(setup.cacheDir, { recursive: true, encoding: "utf8" });
      const texts = cached.filter((name) => fs.statSync(path.join(setup.cacheDir, name)).isFile());
      assert.ok(texts.every((name) => !fs.readFileSync(path.join(setup.cacheDir, name)).includes(token)));
    } finally {
      await other.close();
    }
  });

  it("take the token from HF_TOKEN, none when it is false, and never show one that cannot be sent", async () => {
    process.env["HF_TOKEN"] = "hf_fromEnvironment";
    await hfHubDownload("owner/name", "config.json", {
      endpoint: setup.hub.endpoint,
      cacheDir: setup.cacheDir,
    });
    assert.equal(setup.hub.requests.at(-1)!.headers.authorization, "Bearer hf_fromEnvironment");
    await get("sub/a.json", { token: false });
    assert.equal(setup.hub.requests.at(-1)!.headers.authorization, undefined);
    await rejects(get("weights.safetensors", { token: "hf_CANARY\nx" }), "E_CONFIG", /characters/);
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
    assert.deepEqual(fs.readdirSync(path.join(setup.cacheDir, ".locks", "models--owner--name")), []);
  });

  it("ask nobody when offline, and say what fetches a missing file", async () => {
    const file = await get("config.json");
    const asked = setup.hub.requests.length;
    process.env["HF_HUB_OFFLINE"] = "1";
    assert.equal(await get("config.json"), file);
    await rejects(get("sub/a.json"), "E_HUB_OFFLINE", /hf download owner\/name/);
    await rejects(hfHubDownload("owner/other", "a.json", setup.options), "E_HUB_OFFLINE");
    await rejects(snapshotDownload("owner/other", setup.options), "E_HUB_OFFLINE");
    assert.equal(setup.hub.requests.length, asked);
  });

  it("of whole snapshots leave pickles out, follow patterns, and know offline what is missing", async () => {
    const json = await snapshotDownload("owner/name", { ...setup.options, allowPatterns: ["*.json"] });
    assert.deepEqual(fs.readdirSync(json, { recursive: true }).sort(), ["config.json", "sub", "sub/a.json"]);
    const offline = { ...setup.options, localFilesOnly: true };
    assert.equal(await snapshotDownload("owner/name", { ...offline, ignorePatterns: ["weights*"] }), json);
    await rejects(snapshotDownload("owner/name", offline), "E_HUB_OFFLINE", /weights\.safetensors/);
    assert.equal(await snapshotDownload("owner/name", setup.options), json);
    assert.ok(fs.existsSync(path.join(json, "weights.safetensors")));
    assert.ok(!fs.existsSync(path.join(json, "old.bin")));
    await rejects(get("old.bin"), "E_CONFIG", /pickle/);
  });

  it("of two processes at once fetch a content once, and take over the lock of one that was killed", async () => {
    const module = pathToFileURL(path.join(repositoryRoot, "dist/lib/hub/index.js")).href;
    const code = `import { hfHubDownload } from ${JSON.stringify(module)};
      await hfHubDownload("owner/name", "weights.safetensors", ${JSON.stringify(setup.options)});`;
    const start = () => spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
    const ended = (child: ReturnType<typeof start>): Promise<number | null> =>
      new Promise((resolve) => child.on("exit", resolve));
    let isHeld = true;
    let asked!: () => void;
    const firstAsked = new Promise<void>((resolve) => (asked = resolve));
    setup.hub.intercept = (request, response) => {
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
    assert.equal(setup.hub.requests.filter(({ url }) => url.startsWith("/objects/")).length, 2);
    assert.equal(setup.blobs().length, 1);
    const file = path.join(setup.repoFolder(), "snapshots", hubCommit, "weights.safetensors");
    assert.ok(fs.readFileSync(file).equals(large));
    assert.deepEqual(fs.readdirSync(path.join(setup.cacheDir, ".locks", "models--owner--name")), []);
  });

  it("load a model and its tokenizer by owner/name, also offline", async () => {
    const read = (folder: string): Record<string, Buffer> =>
      Object.fromEntries(
        fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name))]),
      );
    const files = { ...read(fixture("models", "llama")), ...read(fixture("tokenizers", "bytelevel-gpt2")) };
    const templates = { "additional_chat_templates/rag.jinja": Buffer.from("{{ documents[0].text }}") };
    setup.hub.repos.set("owner/llama", new Map(Object.entries({ ...files, ...templates })));
    setup.hub.repos.set("owner/pickled", new Map(Object.entries({ "config.json": Buffer.from("{}") })));
    for (const localFilesOnly of [false, true]) {
      const model = await AutoModelForCausalLM.fromPretrained("owner/llama", {
        ...setup.options,
        localFilesOnly,
      });
      assert.equal(model.config.hiddenSize > 0, true);
      model.dispose();
      const tokenizer = await AutoTokenizer.fromPretrained("owner/llama", {
        ...setup.options,
        localFilesOnly,
      });
      assert.equal(tokenizer.decode(tokenizer.encode("fever")), "fever");
      assert.deepEqual(tokenizer.chatTemplates, { rag: "{{ documents[0].text }}" });
    }
    assert.ok(!setup.hub.requests.some(({ url }) => url.includes("expected")));
    await rejects(
      AutoModelForCausalLM.fromPretrained("owner/pickled", setup.options),
      "E_CHECKPOINT",
      /safetensors/,
    );
    await rejects(AutoModelForCausalLM.fromPretrained("owner/none", setup.options), "E_HUB_NOT_FOUND");
  });
});
