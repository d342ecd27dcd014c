/** Files, paths, hashes and the process, as a browser's page has them: files lie in memory and end with the page. */
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { basename, dirname, join, relative, resolve } from "pathe";
import { ResidencyError } from "../errors.ts";
import { bytesOf } from "./bytes.ts";
import type { Hash, Host, Paths } from "./file-system.ts";
import { createMemoryFiles } from "./memory.ts";

/** Files in the page's memory; an address on the web is fetched when it is first read. */
export const fs = createMemoryFiles(async (address) => {
  const shown = address.split(/[?#]/)[0]!;
  let response: Response;
  try {
    response = await fetch(address);
  } catch (cause) {
    throw new ResidencyError(
      "E_HUB",
      `Cannot get ${shown}: no answer; look at the connection, and at whether its server allows this page to read it (CORS)`,
      { cause },
    );
  }
  if (!response.ok) {
    const code = response.status === 404 ? "E_HUB_NOT_FOUND" : "E_HUB";
    throw new ResidencyError(code, `Cannot get ${shown}: the server answers ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
});

/** Paths with slashes. */
export const path: Paths = { sep: "/", basename, dirname, join, relative, resolve };

/** The page. */
export const host: Host = {
  isBrowser: true,
  platform: "browser",
  processId: 1,
  hostName: "browser",
  homeFolder: "/home",
  temporaryFolder: "/tmp",
  startedAt: 0,
  isAlive: (processId) => processId === 1,
  environment: () => undefined,
  repeat(work, milliseconds) {
    const timer = setInterval(work, milliseconds);
    return () => clearInterval(timer);
  },
};

/** A hash of SHA-256 or SHA-1; the browser's own takes no parts. */
export function createHash(algorithm: "sha256" | "sha1"): Hash {
  const hash = algorithm === "sha256" ? sha256.create() : sha1.create();
  const self: Hash = {
    update(part) {
      hash.update(bytesOf(part));
      return self;
    },
    digest: () => bytesToHex(hash.digest()),
  };
  return self;
}

/** Where files that ship with the package would lie, if the page put them there. */
export const assetsFolder = (): string => "/assets";
