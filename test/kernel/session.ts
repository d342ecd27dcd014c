/** A kernel for tests, and what its cells put out. */
import assert from "node:assert/strict";
import { createOutputCollector, launchKernel } from "../../kernel/index.ts";
import type {
  ExecuteOptions,
  ExecuteReply,
  KernelClient,
  LaunchOptions,
  Output,
} from "../../kernel/index.ts";
import { repositoryRoot } from "../support/paths.ts";

/** The reply to a cell and its outputs. */
export interface CellRun {
  reply: ExecuteReply;
  outputs: Output[];
  /** What was written to both streams. */
  text: string;
  /** The plain text of the result. */
  result: unknown;
}

/** Starts a kernel whose notebook lies in the repository's root. */
export function startTestKernel(options: LaunchOptions = {}): Promise<KernelClient> {
  return launchKernel({ cwd: repositoryRoot, ...options });
}

/** The text of an output of one type. */
export function textOf({ data }: { data: Record<string, unknown> }, type: string): string {
  const text = data[type];
  assert.ok(typeof text === "string");
  return text;
}

/** Runs a cell and collects what it puts out. */
export async function runCell(
  kernel: KernelClient,
  code: string,
  options: ExecuteOptions = {},
): Promise<CellRun> {
  const outputs: Output[] = [];
  const collector = createOutputCollector();
  collector.begin(outputs);
  const reply = await kernel.execute(code, {
    stopOnError: false,
    ...options,
    onMessage(message) {
      collector.add(message);
      options.onMessage?.(message);
    },
  });
  const text = outputs.map((output) => (output.output_type === "stream" ? output.text : "")).join("");
  const results = outputs.filter((output) => output.output_type === "execute_result");
  return { reply, outputs, text, result: results[0]?.data["text/plain"] };
}
