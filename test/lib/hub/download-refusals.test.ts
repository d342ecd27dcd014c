/** What downloads from a hub refuse: contents of another hash, answers that say no, and names that lead out of the cache. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { hfHubDownload } from "../../../lib/hub/index.ts";
import { hubDownloads, large, rejects } from "../../support/hub-downloads.ts";
import { hubCommit } from "../../support/hub-server.ts";

describe("refused downloads", () => {
  const setup = hubDownloads();
  const { get } = setup;

  it("keep nothing when the content has another hash, is too long, or never ends whole", async () => {
    const wrong = Buffer.from(large).fill(1, 5, 6);
    let body: Buffer = wrong;
    setup.hub.intercept = (request, response) => {
      if (!request.url.startsWith("/objects/")) return false;
      response.writeHead(200).end(body);
      return true;
    };
    await rejects(get("weights.safetensors"), "E_HUB_INTEGRITY", /another hash/);
    body = Buffer.concat([large, large]);
    await rejects(get("weights.safetensors"), "E_HUB_INTEGRITY", /more came/);
    assert.deepEqual(setup.blobs(), []);
    body = large.subarray(0, 1000);
    await rejects(get("weights.safetensors"), "E_HUB", /keeps breaking/);
    assert.ok(setup.blobs().every((name) => name.endsWith(".residency-incomplete")));
    await rejects(get("weights.safetensors", { maxBytes: 10 }), "E_HUB", /maxBytes is 10/);
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
      const before = setup.hub.requests.length;
      setup.hub.intercept = (_, response) => {
        response.writeHead(status, { ...(reason && { "x-error-code": reason }) }).end("CANARY-BODY");
        return true;
      };
      await rejects(get("config.json"), code, message);
      assert.equal(setup.hub.requests.length - before, status === 429 || status === 503 ? 3 : 1);
    }
  });

  it("try again after 429 and 5xx", async () => {
    const statuses = [429, 502];
    setup.hub.intercept = (_, response) => {
      const status = statuses.shift();
      if (status !== undefined) response.writeHead(status, { "retry-after": "0" }).end();
      return status !== undefined;
    };
    assert.equal(fs.readFileSync(await get("config.json"), "utf8"), "{}");
  });

  it("are refused when a page answers for the hub, redirects do not end, or nobody answers", async () => {
    setup.hub.intercept = (_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>log in</html>");
      return true;
    };
    await rejects(get("config.json"), "E_HUB", /page to log in/);
    setup.hub.intercept = (_, response) => {
      response.writeHead(301, { location: "/round" }).end();
      return true;
    };
    await rejects(get("config.json"), "E_HUB", /redirects/);
    setup.hub.intercept = () => true;
    await rejects(get("config.json", { timeout: 30, attempts: 2 }), "E_HUB", /does not answer/);
    await rejects(get("config.json", { endpoint: "http://127.0.0.1:1" }), "E_HUB", /HF_HUB_OFFLINE=1/);
    await rejects(get("config.json", { endpoint: "ftp://host" }), "E_CONFIG", /HF_ENDPOINT/);
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
      await rejects(hfHubDownload(id, "x", setup.options), "E_CONFIG", /as a repository/);
    }
    for (const revision of ["../x", "a/../b", "/a", "a\\b", "a b", "a.lock", "%2e%2e"]) {
      await rejects(get("config.json", { revision }), "E_CONFIG", /as a revision/);
    }
    assert.equal(setup.hub.requests.length, 0);
    const outside = fs.mkdtempSync(path.join(os.tmpdir(), "residency-outside-"));
    try {
      for (const planted of ["", "blobs", "snapshots", "refs", `snapshots/${hubCommit}`]) {
        const link = path.join(setup.repoFolder(), planted);
        fs.rmSync(setup.repoFolder(), { recursive: true, force: true });
        fs.mkdirSync(path.dirname(link), { recursive: true });
        fs.symlinkSync(outside, link);
        await rejects(get("config.json"), "E_HUB_INTEGRITY", /a link leads from the cache/);
      }
      assert.deepEqual(fs.readdirSync(outside), []);
    } finally {
      fs.rmSync(outside, { recursive: true });
    }
  });
});
