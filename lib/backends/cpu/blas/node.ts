/** Finds the system's BLAS and calls its matrix product on addresses in the shared memory. */
import fs from "node:fs";
import { createRequire } from "node:module";
import type * as koffi from "koffi";
import type { Sgemm } from "../kernel-module.ts";

/** A BLAS library that can be used. */
export interface BlasLibrary {
  path: string;
  /** What it says of itself, or its file name. */
  description: string;
}

/** How the search ended: a library, or why there is none. */
export type BlasSearch = { library: BlasLibrary } | { library: undefined; reason: string };

const candidates: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so", "libmkl_rt.so.2", "libmkl_rt.so"],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  win32: ["libopenblas.dll", "openblas.dll"],
};

const rowMajor = 101;
const noTranspose = 111;
const transpose = 112;

type Koffi = typeof koffi;
type NativeFunction = (...values: unknown[]) => unknown;

function loadKoffi(): Koffi {
  return createRequire(import.meta.url)("koffi") as Koffi;
}

/** A function of the library, or undefined where it has none of that name. */
function optional(
  library: koffi.LibraryHandle,
  name: string,
  result: string,
  args: string[],
): NativeFunction | undefined {
  try {
    return library.func(name, result, args) as NativeFunction;
  } catch {
    return undefined;
  }
}

/**
 * The environment that a library is loaded under: our own threads divide the work, so that it must not start any. An
 * older OpenBLAS takes a newer AMD processor for one without AVX-512 and runs at half its speed, so there the kernels are named.
 */
function loadingEnvironment(): Record<string, string> {
  const settings: Record<string, string> = {
    OPENBLAS_NUM_THREADS: "1",
    MKL_NUM_THREADS: "1",
    VECLIB_MAXIMUM_THREADS: "1",
  };
  let processor = "";
  try {
    processor = process.platform === "linux" ? fs.readFileSync("/proc/cpuinfo", "utf8").slice(0, 8192) : "";
  } catch {
    // Without it nothing is known of the processor, and the library decides.
  }
  const flags = new Set(/^flags\s*:(.*)$/m.exec(processor)?.[1]?.trim().split(" "));
  const wide = ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"].every((flag) => flags.has(flag));
  if (wide && processor.includes("AuthenticAMD")) {
    settings["OPENBLAS_CORETYPE"] = "SkylakeX";
    // It may not know the processor's caches either, and divides by their size.
    settings["OPENBLAS_L2_SIZE"] = "512";
  }
  return settings;
}

/** Runs a function with more environment variables; those that the user has set are left as they are. */
function withEnvironment<T>(settings: Record<string, string>, run: () => T): T {
  const added = Object.keys(settings).filter((name) => process.env[name] === undefined);
  for (const name of added) process.env[name] = settings[name];
  try {
    return run();
  } finally {
    for (const name of added) Reflect.deleteProperty(process.env, name);
  }
}

/** Multiplies two small matrices of odd extents: a library that does not know its processor may compute wrong numbers. */
function checkProducts(sgemm: NativeFunction): void {
  const [m, n, k] = [37, 53, 71];
  const a = Float32Array.from({ length: m * k }, (_, i) => ((i * 7) % 11) - 5);
  const b = Float32Array.from({ length: n * k }, (_, i) => ((i * 5) % 13) - 6);
  const c = new Float32Array(m * n);
  const { address } = loadKoffi();
  sgemm(rowMajor, noTranspose, transpose, m, n, k, 1, address(a), k, address(b), k, 0, address(c), n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[j * k + p]!;
      // The numbers are small integers, so that every order of summing gives the same.
      if (c[i * n + j] !== sum) throw new Error("its matrix products are wrong on this processor");
    }
  }
}

/** Opens one library and makes it run on the calling thread alone; throws when it cannot be used. */
function open(koffiModule: Koffi, path: string): { sgemm: NativeFunction; description: string } {
  const library = koffiModule.load(path);
  const word = "uintptr_t";
  const sgemm = library.func("cblas_sgemm", "void", [
    ...["int", "int", "int", "int", "int", "int", "float", word, "int", word, "int", "float", word, "int"],
  ]) as NativeFunction;
  if (optional(library, "openblas_get_parallel", "int", [])?.() === 0) {
    throw new Error("it is a build without threads, which several threads must not call at once");
  }
  optional(library, "openblas_set_num_threads", "void", ["int"])?.(1);
  optional(library, "MKL_Set_Num_Threads", "void", ["int"])?.(1);
  checkProducts(sgemm);
  const config = optional(library, "openblas_get_config", "str", [])?.() as string | undefined;
  const core = optional(library, "openblas_get_corename", "str", [])?.() as string | undefined;
  const description = config ? `${config.split(" ").slice(0, 2).join(" ")}, ${core ?? ""} kernels` : path;
  return { sgemm, description };
}

/**
 * Looks for a BLAS: the library that `RESIDENCY_BLAS` names (`none` for none at all), else the platform's usual ones.
 */
export function findBlas(): BlasSearch {
  const wanted = process.env["RESIDENCY_BLAS"];
  if (wanted === "none") return { library: undefined, reason: "RESIDENCY_BLAS is none" };
  let koffiModule: Koffi;
  try {
    koffiModule = loadKoffi();
  } catch {
    return { library: undefined, reason: "the package koffi is not installed" };
  }
  const failures: string[] = [];
  for (const path of wanted ? [wanted] : (candidates[process.platform] ?? [])) {
    try {
      const { description } = withEnvironment(loadingEnvironment(), () => open(koffiModule, path));
      return { library: { path, description } };
    } catch (error) {
      failures.push(`${path}: ${error instanceof Error ? error.message.split("\n")[0]! : String(error)}`);
    }
  }
  return { library: undefined, reason: failures.join("; ") || "no library is known for this platform" };
}

/** The library's matrix product over addresses that count from the start of the memory. */
export function bindBlas(library: BlasLibrary, memory: WebAssembly.Memory): Sgemm {
  const koffiModule = loadKoffi();
  const { sgemm } = withEnvironment(loadingEnvironment(), () => open(koffiModule, library.path));
  const base = Number(koffiModule.address(new Uint8Array(memory.buffer)));
  return (transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    // WebAssembly hands addresses above 2 GiB over as negative numbers.
    sgemm(
      rowMajor,
      transposeA ? transpose : noTranspose,
      transposeB ? transpose : noTranspose,
      m,
      n,
      k,
      alpha,
      base + (a >>> 0),
      lda,
      base + (b >>> 0),
      ldb,
      beta,
      base + (c >>> 0),
      ldc,
    );
  };
}
