/** Installs and removes the kernelspec, by which Jupyter finds the kernel; needs no Python. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.ts";
import { createKernelspec, majorOf } from "./kernelspec.ts";
import type { Kernelspec } from "./kernelspec.ts";
import type { NodeProgram } from "./node-program.ts";
import { kernelspecFolder } from "./places.ts";
import type { KernelspecPlace } from "./places.ts";

/** What is installed or removed, and where. */
export interface KernelspecOptions {
  place: KernelspecPlace;
  /** The kernel's name in Jupyter (default "residency", or with `node` "residency-node22" and the like). */
  name?: string;
  /** What people see (default "TypeScript (Residency)", with `node` its version too). */
  displayName?: string;
  /** The Node to run on (default: the one on PATH when the kernel is started). */
  node?: NodeProgram;
}

/** A kernelspec that was installed. */
export interface InstalledKernelspec {
  name: string;
  folder: string;
  spec: Kernelspec;
  /** What the person should know although it worked. */
  warnings: string[];
}

const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];
const logoFolder = fileURLToPath(new URL("../../../assets/kernelspec/", import.meta.url));
const packageFolder = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Writes the kernelspec; a file that is there is replaced in one step, so that Jupyter never reads half of it.
 *
 * @throws KernelError E_KERNELSPEC when the name is not allowed, belongs to another kernel, or the folder cannot be written.
 */
export async function installKernelspec(options: KernelspecOptions): Promise<InstalledKernelspec> {
  const { node } = options;
  const name = options.name ?? defaultName(node);
  const folder = kernelspecFolder(options.place, name);
  refuseOthers(folder, name, "write");
  const spec = createKernelspec({
    ...(options.displayName === undefined ? {} : { displayName: options.displayName }),
    ...(node === undefined ? {} : { node }),
  });
  try {
    await mkdir(folder, { recursive: true });
    for (const logo of logos) {
      await replaceFile(path.join(folder, logo), await readFile(path.join(logoFolder, logo)));
    }
    await replaceFile(path.join(folder, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
  } catch (error) {
    throw fileError(`write the kernelspec to ${folder}`, error);
  }
  return { name, folder, spec, warnings: warnings() };
}

/**
 * Removes the kernelspec and gives the folder where it was.
 *
 * @throws KernelError E_KERNELSPEC when there is none, it belongs to another kernel, or it may not be removed.
 */
export async function uninstallKernelspec(
  options: Pick<KernelspecOptions, "place" | "name" | "node">,
): Promise<{ name: string; folder: string }> {
  const name = options.name ?? defaultName(options.node);
  const folder = kernelspecFolder(options.place, name);
  if (!existsSync(path.join(folder, "kernel.json"))) {
    const message = `Cannot remove the kernelspec: ${folder} has no kernel.json. "jupyter kernelspec list" shows where kernels are.`;
    throw new KernelError("E_KERNELSPEC", message);
  }
  refuseOthers(folder, name, "remove");
  try {
    await rm(folder, { recursive: true });
  } catch (error) {
    throw fileError(`remove ${folder}`, error);
  }
  return { name, folder };
}

/** The kernelspec in a folder if it is one of ours, whatever its version. */
export function readKernelspec(folder: string): Kernelspec | undefined {
  try {
    const spec = JSON.parse(
      readFileSync(path.join(folder, "kernel.json"), "utf8"),
    ) as Partial<Kernelspec> | null;
    const isOurs = spec?.metadata?.residency !== undefined || /residency/i.test(spec?.display_name ?? "");
    return isOurs && Array.isArray(spec?.argv) ? (spec as Kernelspec) : undefined;
  } catch {
    return undefined;
  }
}

function defaultName(node: NodeProgram | undefined): string {
  return node === undefined ? "residency" : `residency-node${majorOf(node)}`;
}

/** A kernel of someone else with the same name stays as it is. */
function refuseOthers(folder: string, name: string, verb: string): void {
  if (!existsSync(path.join(folder, "kernel.json")) || readKernelspec(folder)) return;
  const message = `Cannot ${verb} ${folder}: it belongs to another kernel of the name "${name}". Choose another with --name.`;
  throw new KernelError("E_KERNELSPEC", message);
}

async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, content, { flag: "wx" });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function fileError(what: string, error: unknown): KernelError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reasons: Record<string, string> = {
    EACCES: "this user may not write there. Use --user, or --prefix DIR with a folder of your own",
    EPERM: "this user may not write there. Use --user, or --prefix DIR with a folder of your own",
    EROFS: "the file system is read-only. Use --user, or --prefix DIR on another one",
    ENOTDIR: "a part of this path is a file and not a folder. Name another folder with --prefix",
    EEXIST: "a part of this path is a file and not a folder. Name another folder with --prefix",
    ENOSPC: "the disk is full. Free some space and try again",
  };
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new KernelError("E_KERNELSPEC", `Cannot ${what}: ${reason}.`, { cause: error });
}

function warnings(): string[] {
  if (!packageFolder.split(path.sep).includes("_npx")) return [];
  return [
    `The package lies in npm's temporary folder ${packageFolder}, which npm may empty at any time; after that the kernel ` +
      'does not start. Install it with "npm install --global residency" or in a project, and run this again.',
  ];
}
