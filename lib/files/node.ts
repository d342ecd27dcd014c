/** Files, paths, hashes and the process, as Node has them. */
import { createHash as createNodeHash } from "node:crypto";
import nodeFs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import { fileURLToPath } from "node:url";
import type { FileSystem, Hash, Host, Paths } from "./file-system.ts";

/** The files of this machine. */
export const fs: FileSystem = nodeFs;

/** Paths as this system writes them. */
export const path: Paths = nodePath;

/** The process that the library runs in. */
export const host: Host = {
  isBrowser: false,
  platform: process.platform,
  processId: process.pid,
  get hostName() {
    return os.hostname();
  },
  get homeFolder() {
    return os.homedir();
  },
  get temporaryFolder() {
    return os.tmpdir();
  },
  get startedAt() {
    return Date.now() - 1000 * os.uptime();
  },
  isAlive(processId) {
    try {
      process.kill(processId, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  },
  environment: (name) => process.env[name],
  repeat(work, milliseconds) {
    const timer = setInterval(work, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/**
 * A hash of SHA-256 or SHA-1.
 *
 * @example
 * createHash("sha1").update("abc").digest("hex"); // → "a9993e364706816aba3e25717850c26c9cd0d89d"
 */
export const createHash = (algorithm: "sha256" | "sha1"): Hash => createNodeHash(algorithm);

/**
 * The folder `assets` that ships with the package.
 *
 * @example
 * path.basename(assetsFolder()); // → "assets"
 */
export const assetsFolder = (): string =>
  // This module runs as dist/lib/files/node.js.
  fileURLToPath(new URL("../../../assets", import.meta.url));
