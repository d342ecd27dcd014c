/** Finds the native TypeScript compiler that npm installed for this machine. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** The compiler's program file and its version. */
export interface NativeCompiler {
  file: string;
  version: string;
}

/**
 * The native compiler, or undefined where npm has none for this platform or the environment variable
 * RESIDENCY_TYPESCRIPT asks for `service`, TypeScript's language service; throws nothing.
 */
export function findNativeCompiler(): NativeCompiler | undefined {
  if (process.env["RESIDENCY_TYPESCRIPT"] === "service") return undefined;
  const name = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  try {
    const manifest = createRequire(import.meta.url).resolve(name);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    const file = path.join(path.dirname(manifest), "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
    return existsSync(file) ? { file, version } : undefined;
  } catch {
    return undefined;
  }
}
