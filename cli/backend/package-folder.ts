/** Finds the package whose binding is built, or installs it without its own install step. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  findInstalledPackage,
  packageFolderIn,
  tensorflowCacheFolder,
  tensorflowPackages,
  tensorflowPackageVersion,
} from "../../lib/backends/tensorflow/index.ts";
import type { TensorflowPackage } from "../../lib/backends/tensorflow/index.ts";
import { BackendBuildError } from "./build-error.ts";
import { findProgram } from "./toolchain.ts";
import { runProgram } from "./run-program.ts";

/** Where a binding is built. */
export interface BuildPlace {
  name: TensorflowPackage;
  /** The package's own folder. */
  packageFolder: string;
  /** The folder whose node_modules holds it. */
  folder: string;
  /** Where the log of a build lies. */
  logFolder: string;
  /** Whether the backend looks there without being told to. */
  isFoundByItself: boolean;
}

/** The place to build in: the folder that is named, else where a project has the package, else the user's cache. */
export function choosePlace(folder: string | undefined): BuildPlace {
  if (folder === undefined) {
    for (const name of tensorflowPackages) {
      const packageFolder = findInstalledPackage(name);
      if (packageFolder !== undefined) {
        const project = path.resolve(packageFolder, "../../..");
        return { name, packageFolder, folder: project, logFolder: packageFolder, isFoundByItself: true };
      }
    }
  }
  const root = folder === undefined ? tensorflowCacheFolder() : path.resolve(folder);
  const name =
    tensorflowPackages.find((one) => existsSync(packageFolderIn(root, one))) ?? tensorflowPackages[0];
  return {
    name,
    packageFolder: packageFolderIn(root, name),
    folder: root,
    logFolder: root,
    isFoundByItself: root === tensorflowCacheFolder(),
  };
}

/** The version in a package's package.json; undefined when it is not there. */
export function installedVersion(packageFolder: string): string | undefined {
  const file = path.join(packageFolder, "package.json");
  if (!existsSync(file)) return undefined;
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown };
  return typeof version === "string" ? version : undefined;
}

/** Makes the folder and sees that it can be written. */
export function prepareFolder({ folder }: BuildPlace): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BackendBuildError(
      "folder",
      `${folder} cannot be written: ${reason}`,
      "name another with --folder",
      {
        cause,
      },
    );
  }
  // node-gyp's makefiles break at them.
  if (/\s/.test(folder)) {
    throw new BackendBuildError(
      "folder",
      `the path ${JSON.stringify(folder)} has a space, with which make cannot build`,
      "name a folder without spaces with --folder",
    );
  }
}

/**
 * Sees to it that the package is there, and gives its version.
 *
 * @throws BackendBuildError when npm is missing or cannot install it.
 */
export async function ensurePackage(
  { name, folder, packageFolder }: BuildPlace,
  log: string,
): Promise<string> {
  const present = installedVersion(packageFolder);
  if (present !== undefined) return present;
  const wanted = `${name}@${tensorflowPackageVersion}`;
  const npm = findProgram("npm");
  if (npm === undefined) {
    throw new BackendBuildError(
      "npm",
      `npm is not on PATH, and ${name} is not in ${folder}`,
      `put npm on PATH, or install ${wanted} there`,
    );
  }
  const manifest = path.join(folder, "package.json");
  // Without one, npm would install into the nearest folder above that has one.
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  // Its own install step downloads a TensorFlow of 2022, which is what this build replaces.
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", wanted];
  // An npm above this process may have silenced the ones below it, and the log would stay empty.
  const withErrors = [...args, "--loglevel=error"];
  const { code, reason, output } = await runProgram(npm, withErrors, { log, cwd: folder, timeout: 300_000 });
  const version = installedVersion(packageFolder);
  if (code !== 0 || version === undefined) {
    const line = output.split("\n").find((one) => /npm (error|ERR!)/.test(one)) ?? `it ended with ${code}`;
    throw new BackendBuildError(
      "package",
      `npm cannot install ${wanted} in ${folder}: ${reason ?? line} (the whole output is in ${log})`,
      `see that npm reaches its registry, then again; or by hand: cd ${folder} && npm ${args.join(" ")}`,
    );
  }
  return version;
}
