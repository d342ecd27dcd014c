/** Checks of the machine: Node, memory and cores, and the files of the package itself. */
import { access, constants } from "node:fs/promises";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isNewEnough, packageVersions, runtimeFolder } from "../../kernel/install/index.ts";
import type { Check, Finding } from "./finding.ts";

const packageFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** Files without which parts of the package do not work; the course's own come with a clone, the rest always. */
const packageFiles = [
  "dist/kernel/main.js",
  "dist/lib/index.js",
  "assets/kernelspec/logo-svg.svg",
  "assets/corpus",
  "assets/intern",
];

/** The longest path of a Unix socket, on the system that allows least. */
const maxSocketPath = 103;

/** Node's version. */
export const checkNode: Check = {
  title: "Node.js",
  run() {
    const { minimumNode } = packageVersions();
    const found = `${process.version} at ${process.execPath}`;
    if (isNewEnough(process.version, minimumNode)) return [{ title: this.title, status: "ok", found }];
    const advice = `install Node.js ${minimumNode} or later: https://nodejs.org`;
    return [{ title: this.title, status: "failure", found, advice }];
  },
};

/** Memory and cores. */
export const checkMachine: Check = {
  title: "Machine",
  run() {
    const gigabyte = 1024 ** 3;
    const limit = process.constrainedMemory();
    const total = Math.min(os.totalmem(), limit > 0 ? limit : Infinity) / gigabyte;
    const free = Math.min(os.freemem() / gigabyte, total);
    const cores = os.availableParallelism();
    const found = `${cores} ${cores === 1 ? "core" : "cores"}, ${total.toFixed(1)} GB of memory, ${free.toFixed(1)} GB free (${process.platform} ${process.arch})`;
    if (free >= 1) return [{ title: this.title, status: "ok", found }];
    const advice = "fine-tuning in the course needs about 1 GB: close other programs";
    return [{ title: this.title, status: "warning", found, advice }];
  },
};

/** The package's own files. */
export const checkPackage: Check = {
  title: "Package",
  run() {
    const missing = packageFiles.filter((file) => !existsSync(path.join(packageFolder, file)));
    const found = `residency ${packageVersions().version} in ${packageFolder}`;
    if (missing.length > 0) {
      const advice = "install the package again: npm ci in a clone, npm install elsewhere";
      return [
        { title: this.title, status: "failure", found: `${found}; missing: ${missing.join(", ")}`, advice },
      ];
    }
    if (!packageFolder.split(path.sep).includes("_npx")) return [{ title: this.title, status: "ok", found }];
    const advice = "npm may empty this temporary folder: npm install --global residency, or in a project";
    return [{ title: this.title, status: "warning", found, advice }];
  },
};

/** The folders in which connection files and sockets are made. */
export const checkFolders: Check = {
  title: "Folders",
  async run() {
    const findings: Finding[] = [];
    for (const [use, folder, advice] of [
      ["connection files", runtimeFolder(), "make it yours, or name another with JUPYTER_RUNTIME_DIR"],
      ["sockets", os.tmpdir(), "make it yours, or name another with TMPDIR"],
    ] as const) {
      const existing = nearestFolder(folder);
      const writable = await access(existing, constants.W_OK).then(
        () => true,
        () => false,
      );
      const tooLong =
        use === "sockets" && path.join(folder, "residency-XXXXXX/socket-1").length > maxSocketPath;
      const found = `${folder}, for ${use}${writable ? "" : `: ${existing} cannot be written`}${tooLong ? ": its path is too long for a socket" : ""}`;
      findings.push(
        writable && !tooLong
          ? { title: this.title, status: "ok", found }
          : { title: this.title, status: "failure", found, advice },
      );
    }
    return findings;
  },
};

/** The folder, or the nearest one above it that exists, in which it would be made. */
function nearestFolder(folder: string): string {
  const above = path.dirname(folder);
  return existsSync(folder) || above === folder ? folder : nearestFolder(above);
}
