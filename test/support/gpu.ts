/** A GPU for tests: the one that RESIDENCY_GPU names, else SwiftShader, a GPU in software, where Chromium has brought it. */
import fs from "node:fs";
import type { Context } from "mocha";
import { ResidencyError } from "../../lib/errors.ts";
import { setBackend } from "../../lib/tensor/index.ts";

/** Where packages put the description of SwiftShader's Vulkan driver. */
const driverFiles = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];

/** The variables that point Vulkan and the library at SwiftShader, as they were before. */
let before: Record<string, string | undefined> | undefined;

/** Points Vulkan and the library at a GPU; false where there is none. */
function chooseTestGpu(): boolean {
  if (process.env["RESIDENCY_GPU"] !== undefined) return true;
  const file = driverFiles.find((each) => fs.existsSync(each));
  if (file === undefined) return false;
  before = { VK_DRIVER_FILES: process.env["VK_DRIVER_FILES"], RESIDENCY_GPU: undefined };
  process.env["VK_DRIVER_FILES"] ??= file;
  process.env["RESIDENCY_GPU"] = "SwiftShader";
  return true;
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
  if (!chooseTestGpu()) {
    console.log("      skipped: no RESIDENCY_GPU, and no Chromium with SwiftShader");
    context.skip();
  }
  try {
    await setBackend("webgpu");
  } catch (error) {
    if (!(error instanceof ResidencyError) || !/install it with npm|no Vulkan driver/.test(error.message))
      throw error;
    console.log(`      skipped: ${error.message}`);
    context.skip();
  }
}
