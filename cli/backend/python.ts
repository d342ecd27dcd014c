/** Asks a Python environment for its TensorFlow, without loading it. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { BackendBuildError } from "./build-error.ts";
import { runProgram } from "./run-program.ts";

/** A Python environment with a TensorFlow that a binding can be built against. */
export interface PythonTensorflow {
  /** The path of the Python program. */
  python: string;
  pythonVersion: string;
  /** The version of TensorFlow, such as `2.21.0`. */
  tensorflow: string;
  /** The folder of the Python package: it holds the libraries and `include/`. */
  tensorflowFolder: string;
}

// The working directory is no place for modules here: a student's tensorflow.py must not be taken for the package.
const question = `
import sys
sys.path = [entry for entry in sys.path if entry]
import json, platform, importlib.util, importlib.metadata
spec = importlib.util.find_spec("tensorflow")
version = None
for name in ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly", "tensorflow-intel", "tensorflow-macos"):
    try:
        version = importlib.metadata.version(name)
        break
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps({
    "program": sys.executable,
    "python": platform.python_version(),
    "machine": platform.machine(),
    "origin": spec.origin if spec else None,
    "version": version,
}))
`;

/** The files that a build needs of TensorFlow's folder. */
const neededFiles = [
  "libtensorflow_cc.so.2",
  "libtensorflow_framework.so.2",
  "include/tensorflow/c/c_api.h",
  "include/tensorflow/c/eager/c_api.h",
];

const architectures: Partial<Record<string, string>> = {
  x86_64: "x64",
  amd64: "x64",
  aarch64: "arm64",
  arm64: "arm64",
};

/** The program of an environment that is named by its folder, or the name itself. */
function programOf(python: string): string {
  if (!existsSync(python) || !statSync(python).isDirectory()) return python;
  const inside = ["bin/python3", "bin/python"].map((name) => path.join(python, name));
  return inside.find((file) => existsSync(file)) ?? python;
}

/**
 * Looks up the TensorFlow of a Python.
 *
 * @throws BackendBuildError when there is no such Python, no TensorFlow in it, or one that a binding cannot use.
 */
export async function findPythonTensorflow(given: string, log: string): Promise<PythonTensorflow> {
  const python = programOf(given);
  const { code, reason, stdout, output } = await runProgram(python, ["-c", question], {
    log,
    timeout: 60_000,
  });
  if (code !== 0) {
    const lastLine = output.trim().split("\n").at(-1) ?? "";
    throw new BackendBuildError(
      "python",
      `the Python ${python} does not run: ${reason ?? (lastLine || `it ended with ${code}`)}`,
      "name one with --python, or make one: python3 -m venv .venv && .venv/bin/pip install tensorflow, then --python .venv/bin/python",
    );
  }
  const answer = parseAnswer(stdout);
  if (!answer) {
    throw new BackendBuildError(
      "python",
      `${python} does not answer as a Python 3.8 or later does: ${JSON.stringify(stdout.slice(0, 80))}`,
      "name a Python with --python",
    );
  }
  const { version, origin, machine } = answer;
  if (origin === null || version === null) {
    throw new BackendBuildError(
      "tensorflow",
      `Python ${answer.python} at ${python} has no package tensorflow`,
      `${python} -m pip install tensorflow (without an NVIDIA GPU, tensorflow-cpu is smaller)`,
    );
  }
  if (architectures[machine.toLowerCase()] !== process.arch) {
    throw new BackendBuildError(
      "architecture",
      `${python} is a program for ${machine}, and Node at ${process.execPath} one for ${process.arch}`,
      "use a Python and a Node for the same processor",
    );
  }
  const tensorflowFolder = path.dirname(origin);
  const absent = neededFiles.filter((file) => !existsSync(path.join(tensorflowFolder, file)));
  if (absent.length > 0) {
    throw new BackendBuildError(
      "tensorflow-libraries",
      `TensorFlow ${version} in ${tensorflowFolder} lacks ${absent.join(", ")}, which recent wheels for Linux have`,
      `${python} -m pip install --upgrade tensorflow`,
    );
  }
  return { python: answer.program, pythonVersion: answer.python, tensorflow: version, tensorflowFolder };
}

interface Answer {
  program: string;
  python: string;
  machine: string;
  origin: string | null;
  version: string | null;
}

function parseAnswer(text: string): Answer | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { program, python, machine, origin, version } = parsed as Record<string, unknown>;
  const isText = (value: unknown): value is string => typeof value === "string";
  const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
  if (!isText(program) || !isText(python) || !isText(machine)) return undefined;
  if (!isTextOrNull(origin) || !isTextOrNull(version)) return undefined;
  return { program, python, machine, origin, version };
}
