/** Uploads to a hub on loopback: large and small files, parts, the card, and what is refused. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { adapterModelCard, pushToHub, uploadFolder, type UploadOptions } from "../../../lib/hub/index.ts";
import { hubCommit, startHubServer, type HubServer } from "../../support/hub-server.ts";

const tensors = Buffer.alloc(5000, 7);

describe("the hub's uploads", () => {
  let hub: HubServer;
  let folder: string;
  let options: UploadOptions;
  const environment = { ...process.env };

  beforeEach(async () => {
    for (const name of Object.keys(process.env)) {
      if (/^HF_|_proxy$|^HUGGING|OFFLINE$/i.test(name)) Reflect.deleteProperty(process.env, name);
    }
    hub = await startHubServer();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-upload-"));
    process.env["HF_HOME"] = folder;
    fs.mkdirSync(path.join(folder, "sub"));
    fs.writeFileSync(path.join(folder, "adapter_config.json"), '{"r":8}');
    fs.writeFileSync(path.join(folder, "sub", "adapter_model.safetensors"), tensors);
    fs.writeFileSync(path.join(folder, ".secret"), "CANARY");
    options = { endpoint: hub.endpoint, token: "hf_CANARYTOKEN", retryDelay: 1, attempts: 2 };
  });
  afterEach(async () => {
    Object.assign(process.env, environment);
    await hub.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("commit small files as text and large ones by LFS, whose storage gets no token", async () => {
    const other = await startHubServer();
    try {
      other.objects = hub.objects;
      hub.storage = other.endpoint;
      const result = await uploadFolder(folder, "owner/adapter", options);
      assert.equal(result.commit, hubCommit);
      const files = hub.repos.get("owner/adapter")!;
      assert.deepEqual([...files.keys()], ["adapter_config.json", "sub/adapter_model.safetensors"]);
      assert.ok(files.get("sub/adapter_model.safetensors")!.equals(tensors));
      assert.equal(files.get("adapter_config.json")!.toString(), '{"r":8}');
      assert.deepEqual(
        other.requests.map(({ method, headers }) => [method, headers.authorization]),
        [["PUT", undefined]],
      );
      const created = JSON.parse(String(hub.requests[0]!.body)) as Record<string, unknown>;
      assert.deepEqual(created, { name: "adapter", organization: "owner", type: "model", private: true });
      await uploadFolder(folder, "owner/adapter", options);
      assert.equal(other.requests.length, 1, "a content that the hub has is not sent again");
    } finally {
      await other.close();
    }
  });

  it("send a large file in the parts that the hub asks for", async () => {
    const parts: Buffer[] = [];
    let done = "";
    hub.intercept = (request, response) => {
      if (request.url.endsWith("/objects/batch")) {
        const { objects } = JSON.parse(String(request.body)) as { objects: { oid: string }[] };
        const { oid } = objects[0]!;
        const header = {
          chunk_size: "2000",
          ...Object.fromEntries([1, 2, 3].map((n) => [`0000${n}`, `${hub.endpoint}/part/${n}`])),
        };
        const upload = { href: `${hub.endpoint}/complete`, header };
        response.end(JSON.stringify({ objects: [{ oid, actions: { upload } }] }));
      } else if (request.url.startsWith("/part/")) {
        parts.push(request.body);
        response.setHeader("etag", `"e${request.url.at(-1)!}"`).end();
      } else if (request.url === "/complete") {
        hub.objects.set((JSON.parse(String(request.body)) as { oid: string }).oid, Buffer.concat(parts));
        done = String(request.body);
        response.end();
      } else return false;
      return true;
    };
    await uploadFolder(folder, "owner/adapter", options);
    assert.deepEqual(
      parts.map(({ length }) => length),
      [2000, 2000, 1000],
    );
    assert.deepEqual(
      (JSON.parse(done) as { parts: unknown }).parts,
      [1, 2, 3].map((n) => ({ partNumber: n, etag: `"e${n}"` })),
    );
    assert.ok(hub.repos.get("owner/adapter")!.get("sub/adapter_model.safetensors")!.equals(tensors));
  });

  it("add a card to an adapter, and leave one alone that is there", async () => {
    const saved = {
      savePretrained: (to: string) => {
        fs.writeFileSync(path.join(to, "adapter_config.json"), "{}");
      },
    };
    const figures = { "final loss": 0.71 };
    await pushToHub(saved, "owner/adapter", {
      ...options,
      baseModel: "owner/base",
      license: "apache-2.0",
      figures,
    });
    const card = hub.repos.get("owner/adapter")!.get("README.md")!.toString();
    assert.match(card, /^---\nlibrary_name: peft\n.*\nbase_model: "owner\/base"\nlicense: "apache-2\.0"\n/);
    assert.match(card, /\| final loss \| 0\.71 \|/);
    fs.writeFileSync(path.join(folder, "README.md"), "mine");
    await pushToHub(folder, "owner/adapter", options);
    assert.equal(hub.repos.get("owner/adapter")!.get("README.md")!.toString(), "mine");
    assert.deepEqual(
      fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("residency-push-")),
      [],
    );
  });

  it("name the base model in the adapter's config and in its card, and no folder of this machine", async () => {
    const said: string[] = [];
    const before = console.warn;
    console.warn = (text: string) => void said.push(text);
    /** What is published of an adapter that was saved with a name. */
    const published = async (saved: string | null, baseModel?: string) => {
      const model = {
        savePretrained: (to: string) => {
          const json = JSON.stringify({ r: 8, base_model_name_or_path: saved });
          fs.writeFileSync(path.join(to, "adapter_config.json"), json);
        },
      };
      await pushToHub(model, "owner/adapter", { ...options, ...(baseModel !== undefined && { baseModel }) });
      const files = hub.repos.get("owner/adapter")!;
      const config = JSON.parse(files.get("adapter_config.json")!.toString()) as Record<string, unknown>;
      assert.equal(config["r"], 8);
      const card = /^base_model: (.*)$/m.exec(files.get("README.md")!.toString())?.[1];
      return [config["base_model_name_or_path"], card];
    };
    try {
      assert.deepEqual(await published(folder, "owner/base"), ["owner/base", '"owner/base"']);
      assert.deepEqual(await published("owner/base"), ["owner/base", '"owner/base"']);
      assert.deepEqual(await published("owner/base", "owner/new"), ["owner/new", '"owner/new"']);
      assert.deepEqual(await published(null), [null, undefined]);
      assert.deepEqual(said, []);
      assert.deepEqual(await published(folder), [null, undefined]);
      assert.deepEqual(await published("../no-such-folder/model"), [null, undefined]);
    } finally {
      console.warn = before;
    }
    assert.equal(said.length, 2);
    assert.match(said[0]!, /^W_LOCAL_BASE: .*baseModel/);
    assert.doesNotMatch(said[0]!, new RegExp(path.basename(folder)));
  });

  it("write values into the card's head that cannot become other keys", () => {
    const card = adapterModelCard({ repoId: "a/b", baseModel: 'x"\nlicense: mit', tags: ["t]"] });
    assert.ok(card.includes('base_model: "x\\"\\nlicense: mit"\n'));
    assert.equal(card.split("---").length - 1 >= 2, true);
  });

  it("are refused without a token, offline, for pickles, and when the hub does not let us", async () => {
    const refused = async (code: string, more: UploadOptions = {}): Promise<void> => {
      await assert.rejects(
        uploadFolder(folder, "owner/adapter", { ...options, ...more }),
        (error: Error & { code: string }) => {
          assert.equal(error.code, code, error.message);
          assert.doesNotMatch(`${error.message}${String(error.cause)}`, /CANARY/);
          return true;
        },
      );
    };
    await refused("E_CONFIG", { token: false });
    process.env["HF_HUB_OFFLINE"] = "1";
    await refused("E_HUB_OFFLINE");
    delete process.env["HF_HUB_OFFLINE"];
    assert.equal(hub.requests.length, 0);
    hub.intercept = (_, response) => {
      response.writeHead(401).end("CANARY");
      return true;
    };
    await refused("E_HUB_ACCESS");
    fs.writeFileSync(path.join(folder, "pytorch_model.bin"), "x");
    await refused("E_CONFIG");
    await assert.rejects(pushToHub(path.join(folder, "none"), "owner/adapter", options), {
      code: "E_CONFIG",
    });
  });
});
