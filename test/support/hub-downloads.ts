/** A hub on loopback, an empty cache and none of this machine's settings, anew for each test of downloads. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { hfHubDownload, type DownloadOptions } from "../../lib/hub/index.ts";
import { startHubServer, type HubServer } from "./hub-server.ts";

/** Contents that are sent in several pieces. */
export const large = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 31 + (i >> 8)) % 256));
/** A token that no message and no file may show. */
export const token = "hf_CANARYTOKEN";

/** What one test has, and nothing of the test before it. */
export interface HubDownloads {
  /** Holds `owner/name`, with a small, a large, a nested and a pickled file. */
  hub: HubServer;
  cacheDir: string;
  options: DownloadOptions;
  /** Where the cache keeps `owner/name`. */
  repoFolder(): string;
  /** The names of the contents that it holds. */
  blobs(): string[];
  /** Downloads a file of `owner/name`. */
  get: (file: string, more?: DownloadOptions) => Promise<string>;
}

/** Sets all that up before each test of the suite in which it is called, and clears it away again. */
export function hubDownloads(): HubDownloads {
  const environment = { ...process.env };
  const setup = {
    repoFolder: () => path.join(setup.cacheDir, "models--owner--name"),
    blobs: () => fs.readdirSync(path.join(setup.repoFolder(), "blobs")),
    get: (file, more = {}) => hfHubDownload("owner/name", file, { ...setup.options, ...more }),
  } as HubDownloads;

  beforeEach(async () => {
    for (const name of Object.keys(process.env)) {
      if (/^HF_|_proxy$|^HUGGING|OFFLINE$/i.test(name)) Reflect.deleteProperty(process.env, name);
    }
    setup.hub = await startHubServer({
      "owner/name": {
        "config.json": "{}",
        "weights.safetensors": large,
        "sub/a.json": "[1]",
        "old.bin": "x",
      },
    });
    setup.cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), "residency-hub-"));
    process.env["HF_HOME"] = setup.cacheDir;
    setup.options = {
      endpoint: setup.hub.endpoint,
      cacheDir: setup.cacheDir,
      ...{ retryDelay: 1, attempts: 3, token },
    };
  });
  afterEach(async () => {
    Object.assign(process.env, environment);
    await setup.hub.close();
    fs.rmSync(setup.cacheDir, { recursive: true, force: true });
  });
  return setup;
}

/** Expects `code` and `message`, and the token and the body of an answer nowhere in the error. */
export async function rejects(work: Promise<unknown>, code: string, message = /./): Promise<void> {
  await assert.rejects(work, (error: Error & { code: string }) => {
    const all = `${error.message} ${String(error.cause)} ${error.stack ?? ""}`;
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(all, /CANARY/);
    return true;
  });
}
