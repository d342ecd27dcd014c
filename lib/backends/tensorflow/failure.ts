/** Says in a sentence why the native TensorFlow binding does not load, and what to do about it. */
import type { BuildRecord } from "./packages.ts";

/** What is known of a package whose binding does not load. */
export interface FailedPackage {
  /** The package's name. */
  name: string;
  /** What the binding was built against, when `residency backend build` made it. */
  record: BuildRecord | undefined;
  /** Whether the TensorFlow that it was built against is still there. */
  librariesExist: boolean;
}

const firstLine = (message: string): string => message.split("\n")[0] ?? "";

/** The command that builds the binding against a Python environment's TensorFlow. */
export function buildCommand(record?: BuildRecord): string {
  return `residency backend build tensorflow --python ${record?.python ?? "PYTHON"}`;
}

/** Why a binding is absent, and how to get it. */
export function explainMissingBinding(bindingFile: string): string {
  return (
    `its binding is not built: there is no ${bindingFile}; ` +
    `build it with: ${buildCommand()} (a Python that has TensorFlow)`
  );
}

/**
 * Explains the dynamic linker's message about a binding.
 *
 * @example
 * explainLoadFailure("libtensorflow.so.2: cannot open shared object file: No such file or directory", failed);
 */
export function explainLoadFailure(message: string, { name, record, librariesExist }: FailedPackage): string {
  const line = firstLine(message);
  if (record && !librariesExist) {
    return (
      `it was built against TensorFlow ${record.tensorflow} in ${record.tensorflowFolder}, which is gone; ` +
      `build it again with: ${buildCommand()}`
    );
  }
  const library = /(lib[\w.+-]+?\.(?:so|dylib)[\w.]*): cannot open shared object file/.exec(line)?.[1];
  if (library && /^lib(cu|nv|nccl)/.test(library)) {
    return (
      `CUDA is missing: ${library} is not found; install the CUDA that this TensorFlow needs ` +
      '(pip install "tensorflow[and-cuda]" brings one), or set LD_LIBRARY_PATH to where it lies'
    );
  }
  if (library?.startsWith("libtensorflow")) {
    return record
      ? `${library} is not found in ${record.tensorflowFolder}; build it again with: ${buildCommand(record)}`
      : `${library} is not found: the download of the package's install step is missing; ` +
          `build against a Python environment's TensorFlow with: ${buildCommand()}, or npm rebuild ${name}`;
  }
  if (library) return `${library} is not found; install the system's package that has it`;
  const symbol = /undefined symbol: (\S+)/.exec(line)?.[1];
  if (symbol) {
    const against = record ? `TensorFlow ${record.tensorflow}` : "another TensorFlow";
    return (
      `it was built against ${against}, and the one that is there now lacks ${symbol}; ` +
      `build it again with: ${buildCommand(record)}`
    );
  }
  const version = /version [`'"]?((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)['"`]? not found/.exec(line)?.[1];
  if (version) {
    return (
      `this system's C or C++ library is older than the binding needs (${version}); ` +
      `build it here with: ${buildCommand(record)}`
    );
  }
  if (/invalid ELF header|wrong ELF class|incompatible architecture|not a valid Win32/.test(line)) {
    return `its binding is for another system or processor; build it here with: ${buildCommand(record)}`;
  }
  return line;
}
