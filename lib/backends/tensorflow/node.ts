/** Finds the native TensorFlow binding in Node, loads it over this package's tfjs-core, and says what is missing. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import Module, { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import util from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../../errors.ts";
import { buildCommand, explainLoadFailure, explainMissingBinding } from "./failure.ts";
import { buildRecordFile, parseBuildRecord, tensorflowPackages, type TensorflowPackage } from "./packages.ts";

/** A package that may hold a binding. */
interface Candidate {
  name: TensorflowPackage;
  folder: string;
}

/** What the package's backend object tells of itself. */
interface NativeBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

/** Modules of which there may be one only: two would register their kernels twice. */
const sharedModules = new Set([
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-layers",
  "@tensorflow/tfjs-backend-cpu",
]);

const own = createRequire(import.meta.url);

/** Where `residency backend build tensorflow` puts the package when no project has it. */
export function tensorflowCacheFolder(): string {
  const home = os.homedir();
  const caches =
    process.env["XDG_CACHE_HOME"] ??
    (process.platform === "darwin" ? path.join(home, "Library/Caches") : path.join(home, ".cache"));
  return path.join(caches, "residency/backends/tensorflow");
}

/** The folder of a package that npm has installed in `folder`. */
export function packageFolderIn(folder: string, name: TensorflowPackage): string {
  return path.join(folder, "node_modules", ...name.split("/"));
}

/** The folder of a package as this package or the working directory's project finds it; undefined when neither does. */
export function findInstalledPackage(name: TensorflowPackage): string | undefined {
  for (const require of [own, createRequire(path.join(process.cwd(), "package.json"))]) {
    try {
      return path.dirname(require.resolve(`${name}/package.json`));
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** Every package that is there: the folder of RESIDENCY_TENSORFLOW alone, or what was built, then what is installed. */
function findCandidates(): Candidate[] {
  const named = process.env["RESIDENCY_TENSORFLOW"];
  const inFolder = (folder: string): Candidate[] =>
    tensorflowPackages
      .map((name) => ({ name, folder: packageFolderIn(folder, name) }))
      .filter((candidate) => existsSync(path.join(candidate.folder, "package.json")));
  if (named !== undefined && named !== "") {
    const found = inFolder(path.resolve(named));
    if (found.length > 0) return found;
    throw new ResidencyError(
      "E_BACKEND",
      `RESIDENCY_TENSORFLOW is ${named}, and no ${tensorflowPackages.join(" or ")} is in its node_modules: ` +
        `unset it, or build there with: ${buildCommand()} --folder ${named}`,
    );
  }
  const installed = tensorflowPackages.flatMap((name) => {
    const folder = findInstalledPackage(name);
    return folder === undefined ? [] : [{ name, folder }];
  });
  return [...inFolder(tensorflowCacheFolder()), ...installed];
}

/** Loads the native part alone, so that nothing of a package is registered that cannot be used. */
function loadBinding({ name, folder }: Candidate): void {
  // The package asks for the newest interface that both Node and it know; it knows those up to 8.
  const version = Math.min(8, Number(process.versions.napi));
  const file = path.join(folder, `lib/napi-v${version}/tfjs_binding.node`);
  if (!existsSync(file)) throw new ResidencyError("E_BACKEND", explainMissingBinding(file));
  try {
    own(file);
  } catch (cause) {
    const recordFile = path.join(folder, buildRecordFile);
    const record = existsSync(recordFile) ? parseBuildRecord(readFileSync(recordFile, "utf8")) : undefined;
    const librariesExist = record !== undefined && existsSync(record.tensorflowFolder);
    const message = cause instanceof Error ? cause.message : String(cause);
    const reason = explainLoadFailure(message, { name, record, librariesExist });
    throw new ResidencyError("E_BACKEND", reason, { cause });
  }
}

/** Node 23 took these functions away, and 22 warns of them; the package's files call both. */
const olderUtil = {
  ...util,
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  isArray: Array.isArray,
};

/** Node's own loader of CommonJS modules, which its types leave out. */
interface ModuleLoader {
  _load: (
    this: unknown,
    request: string,
    parent: { filename?: string | null } | undefined,
    isMain: boolean,
  ) => unknown;
}

/** Loads a package whose files get this package's tfjs-core and the older `util`; both only while it loads. */
function loadPackage({ folder }: Candidate): void {
  const files = realpathSync(folder) + path.sep;
  const loader = Module as unknown as ModuleLoader;
  const load = loader._load;
  loader._load = function (request, parent, isMain) {
    if (request === "util" && parent?.filename?.startsWith(files) === true) return olderUtil;
    return load.call(this, sharedModules.has(request) ? own.resolve(request) : request, parent, isMain);
  };
  try {
    own(folder);
  } finally {
    loader._load = load;
  }
}

/** TensorFlow reads these once, when its library is loaded. */
function prepareEnvironment(): void {
  // Warnings and errors only: the notices about instruction sets would be in every cell's output.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "1";
  const threads = process.env["RESIDENCY_THREADS"];
  if (threads !== undefined && /^[1-9]\d*$/.test(threads)) {
    process.env["TF_NUM_INTRAOP_THREADS"] ??= threads;
  }
}

let started: string | undefined;

/**
 * Starts the backend on the first binding that loads and says in words what it is.
 *
 * @throws ResidencyError E_BACKEND that names each package that is there and what it lacks, or that there is no GPU when
 * `needsGpu`.
 */
export async function startTensorflow({ needsGpu }: { needsGpu: boolean }): Promise<string> {
  if (started === undefined) {
    const failures: string[] = [];
    prepareEnvironment();
    for (const candidate of findCandidates()) {
      try {
        loadBinding(candidate);
        loadPackage(candidate);
        started = describe(candidate);
        break;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures.push(`${candidate.name} in ${candidate.folder}: ${reason}`);
      }
    }
    if (started === undefined) {
      const missing = `no TensorFlow binding is installed: npm install ${tensorflowPackages[0]}, or ${buildCommand()}`;
      throw new ResidencyError("E_BACKEND", failures.length === 0 ? missing : failures.join("; "));
    }
  }
  if (needsGpu && !nativeBackend().isUsingGpuDevice) {
    throw new ResidencyError("E_BACKEND", `${started}; without a GPU it is used when it is named only`);
  }
  await tf.setBackend("tensorflow");
  return started;
}

const nativeBackend = (): NativeBackend => tf.findBackend("tensorflow") as unknown as NativeBackend;

function describe({ name }: Candidate): string {
  const { binding, isUsingGpuDevice } = nativeBackend();
  const device = isUsingGpuDevice ? "on a GPU" : "on the CPU: TensorFlow sees no GPU that it can use";
  return `TensorFlow ${binding.TF_Version} through ${name}, ${device}`;
}
