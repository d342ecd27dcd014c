/** Compiles the package's binding against the libraries and headers of a Python environment's TensorFlow. */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildRecordFile } from "../../lib/backends/tensorflow/index.ts";
import type { BuildRecord } from "../../lib/backends/tensorflow/index.ts";
import { BackendBuildError } from "./build-error.ts";
import type { BuildPlace } from "./package-folder.ts";
import type { PythonTensorflow } from "./python.ts";
import { runProgram } from "./run-program.ts";
import type { Toolchain } from "./toolchain.ts";

/** The newest version of Node's interface that the package knows. */
const napiVersion = 8;

/** Lays out what binding.gyp expects in `deps/`. */
function linkLibraries(deps: string, tensorflowFolder: string): void {
  mkdirSync(path.join(deps, "lib"), { recursive: true });
  symlinkSync(path.join(tensorflowFolder, "include"), path.join(deps, "include"));
  // Only the linker looks here. The names by which the loader asks (….so.2) are absent on purpose: it then takes the
  // files of the Python package itself, from whose place TensorFlow finds the CUDA libraries of other Python packages.
  symlinkSync(path.join(tensorflowFolder, "libtensorflow_cc.so.2"), path.join(deps, "lib/libtensorflow.so"));
  symlinkSync(
    path.join(tensorflowFolder, "libtensorflow_framework.so.2"),
    path.join(deps, "lib/libtensorflow_framework.so"),
  );
}

/**
 * Builds the binding and writes down beside it what it was built against; on failure an earlier `deps/` is put back.
 *
 * @throws BackendBuildError with the compiler's first error.
 */
export async function compileBinding(
  { packageFolder }: BuildPlace,
  { python, tensorflow, tensorflowFolder }: PythonTensorflow,
  { nodeGyp, nodeFolder }: Toolchain,
  log: string,
): Promise<void> {
  const deps = path.join(packageFolder, "deps");
  const before = path.join(packageFolder, "deps.before");
  rmSync(before, { recursive: true, force: true });
  if (existsSync(deps)) renameSync(deps, before);
  linkLibraries(deps, tensorflowFolder);
  const args = [
    nodeGyp,
    "rebuild",
    `--python=${python}`,
    ...(nodeFolder === undefined ? [] : [`--nodedir=${nodeFolder}`]),
    `--napi_build_version=${napiVersion}`,
    "--module_name=tfjs_binding",
    `--module_path=${path.join(packageFolder, `lib/napi-v${napiVersion}`)}`,
    "--jobs=2",
  ];
  const env = {
    ...process.env,
    // These come after the flags of Node's own headers, which may ask for an older or a newer standard.
    CXXFLAGS: `${process.env["CXXFLAGS"] ?? ""} -std=c++17`,
    LDFLAGS: `${process.env["LDFLAGS"] ?? ""} -Wl,-rpath,'${tensorflowFolder}'`,
  };
  const end = await runProgram(process.execPath, args, { log, cwd: packageFolder, env, timeout: 300_000 });
  if (end.code !== 0) {
    rmSync(deps, { recursive: true, force: true });
    if (existsSync(before)) renameSync(before, deps);
    throw explainCompilation(end.output, end.reason ?? `node-gyp ended with ${end.code}`, nodeFolder, log);
  }
  rmSync(before, { recursive: true, force: true });
  const record: BuildRecord = { tensorflow, tensorflowFolder, python };
  writeFileSync(path.join(packageFolder, buildRecordFile), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Finds in node-gyp's output why it failed. */
export function explainCompilation(
  output: string,
  reason: string,
  nodeFolder: string | undefined,
  log: string,
): BackendBuildError {
  const lines = output.split("\n");
  const network = lines.find((line) =>
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|FetchError/.test(line),
  );
  if (nodeFolder === undefined && network !== undefined) {
    return new BackendBuildError(
      "node-headers",
      `Node's headers are not beside ${process.execPath}, and their download fails: ${network.trim()}`,
      "install Node from nodejs.org, which brings them, or name a folder with include/node: npm_config_nodedir=FOLDER",
    );
  }
  const error =
    lines.find((line) => /\berror: |fatal error|cannot find -l|undefined reference/.test(line)) ??
    lines.find((line) => line.startsWith("gyp ERR!") && line.includes("rror")) ??
    reason;
  return new BackendBuildError(
    "compilation",
    `the compiler fails: ${error.trim()} (the whole output is in ${log})`,
    "try a newer compiler or another version of TensorFlow: CXX=g++-13 residency backend build tensorflow …",
  );
}
