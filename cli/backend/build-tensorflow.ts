/** Builds the tensorflow backend's binding: five steps, each of which says what it found or what is missing. */
import path from "node:path";
import { BackendBuildError } from "./build-error.ts";
import { compileBinding } from "./compile.ts";
import { choosePlace, ensurePackage, prepareFolder } from "./package-folder.ts";
import { findPythonTensorflow } from "./python.ts";
import { startLog } from "./run-program.ts";
import { findToolchain } from "./toolchain.ts";
import { verifyBinding } from "./verify.ts";

/** Options of `buildTensorflow`. */
export interface BuildTensorflowOptions {
  /** A Python program, or the folder of a virtual environment. */
  python: string;
  /** Where npm installs the package; the default is described at `choosePlace`. */
  folder?: string;
}

/** Hears of the steps. */
export interface BuildListener {
  onStep(number: number, total: number, title: string): void;
  /** `found` says in a line what came out. */
  onStepEnd(number: number, total: number, found: string): void;
}

/** What was built. */
export interface BuiltTensorflow {
  package: string;
  packageVersion: string;
  /** The folder whose node_modules holds the package. */
  folder: string;
  tensorflow: string;
  tensorflowFolder: string;
  python: string;
  log: string;
  /** The backend's words about itself, from a process that multiplied two matrices. */
  reason: string;
  /** What to set so that the backend is found; empty when it is found by itself. */
  environment: Record<string, string>;
}

/**
 * Builds the binding of @tensorflow/tfjs-node-gpu (or tfjs-node where a project has that) against a Python's TensorFlow.
 *
 * @throws BackendBuildError at the first thing that is missing.
 */
export async function buildTensorflow(
  options: BuildTensorflowOptions,
  listener: BuildListener,
): Promise<BuiltTensorflow> {
  if (process.platform !== "linux") {
    throw new BackendBuildError(
      "system",
      `this is ${process.platform}, and the build is made for Linux, whose TensorFlow wheels carry the C library`,
      "use the other backends; on Windows, this command works in WSL2",
    );
  }
  const place = choosePlace(options.folder);
  prepareFolder(place);
  const log = path.join(place.logFolder, "residency-build.log");
  startLog(log);

  const total = 5;
  let number = 0;
  const step = async <T>(title: string, work: () => Promise<T>, say: (result: T) => string): Promise<T> => {
    listener.onStep(++number, total, title);
    const result = await work();
    listener.onStepEnd(number, total, say(result));
    return result;
  };

  const python = await step(
    `asking ${options.python} for its TensorFlow`,
    () => findPythonTensorflow(options.python, log),
    ({ tensorflow, tensorflowFolder }) => `TensorFlow ${tensorflow} in ${tensorflowFolder}`,
  );
  const toolchain = await step(
    "looking for a compiler",
    () => findToolchain(log),
    ({ compiler, nodeGyp, nodeFolder }) =>
      `${compiler}; ${nodeGyp}; Node's headers ${nodeFolder ? `in ${nodeFolder}/include/node` : "to be downloaded"}`,
  );
  const packageVersion = await step(
    `installing ${place.name}`,
    () => ensurePackage(place, log),
    (version) => `${place.name} ${version} in ${place.packageFolder}`,
  );
  await step(
    "compiling the binding",
    () => compileBinding(place, python, toolchain, log),
    () => "compiled the binding",
  );
  const reason = await step(
    "loading it and multiplying two matrices",
    () => verifyBinding(place, log),
    (text) => `the product is right: ${text}`,
  );
  return {
    package: place.name,
    packageVersion,
    folder: place.folder,
    tensorflow: python.tensorflow,
    tensorflowFolder: python.tensorflowFolder,
    python: python.python,
    log,
    reason,
    environment: place.isFoundByItself ? {} : { RESIDENCY_TENSORFLOW: place.folder },
  };
}
