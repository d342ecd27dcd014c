/** A GPU for tests: the one that RESIDENCY_GPU names, else SwiftShader, a GPU in software, where Chromium has brought it. */
import fs from "node:fs";
import { createRequire } from "node:module";
import type { Context } from "mocha";
import { setBackend } from "../../lib/tensor/index.ts";

/** Where packages put the description of SwiftShader's Vulkan driver. */
const driverFiles = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];

/** The variables that point Vulkan and the library at SwiftShader, as they were before. */
let before: Record<string, string | undefined> | undefined;

/** Why there is no GPU for tests here; undefined where there is one. */
export function whyNoTestGpu(): string | undefined {
  try {
    createRequire(import.meta.url).resolve("webgpu");
  } catch {
    return "the optional package webgpu is not installed";
  }
  const named = process.env["RESIDENCY_GPU"] !== undefined;
  return named || driverFiles.some((file) => fs.existsSync(file))
    ? undefined
    : "no RESIDENCY_GPU, and no Chromium with SwiftShader";
}

/** Points Vulkan and the library at the GPU for tests. */
export function chooseTestGpu(): void {
  if (process.env["RESIDENCY_GPU"] !== undefined) return;
  before = { VK_DRIVER_FILES: process.env["VK_DRIVER_FILES"], RESIDENCY_GPU: undefined };
  process.env["VK_DRIVER_FILES"] ??= driverFiles.find((file) => fs.existsSync(file));
  process.env["RESIDENCY_GPU"] = "SwiftShader";
}

/** Undoes {@link startTestGpu}, so that later tests get the backend that they would have had. */
export async function leaveTestGpu(): Promise<void> {
  for (const [name, value] of Object.entries(before ?? {})) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  before = undefined;
  await setBackend();
}

/** Starts the backend on the GPU for tests, or skips the test and prints why there is none. */
export async function startTestGpu(context: Context): Promise<void> {
  const reason = whyNoTestGpu();
  if (reason !== undefined) {
    console.log(`      skipped: ${reason}`);
    context.skip();
  }
  chooseTestGpu();
  await setBackend("webgpu");
}
