/** What the kernel says about itself. */
import { readFileSync } from "node:fs";
import { findNativeCompiler } from "../language/native/executable.ts";
import { protocolVersion } from "../protocol/index.ts";
import type { KernelInfo } from "../protocol/index.ts";

interface PackageFile {
  version: string;
  dependencies: { typescript: string };
}

/** The content of kernel_info_reply. */
export function createKernelInfo(): KernelInfo {
  const file = new URL("../../../package.json", import.meta.url);
  const { version, dependencies } = JSON.parse(readFileSync(file, "utf8")) as PackageFile;
  const typescript = findNativeCompiler()?.version ?? dependencies.typescript;
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "residency",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "application/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `Residency ${version}: TypeScript ${typescript} on Node.js ${process.version}`,
    debugger: true,
    help_links: [
      { text: "TypeScript Handbook", url: "https://www.typescriptlang.org/docs/handbook/" },
      { text: "Node.js API", url: "https://nodejs.org/docs/latest-v20.x/api/" },
    ],
    supported_features: ["debugger", "kernel subshells"],
  };
}
