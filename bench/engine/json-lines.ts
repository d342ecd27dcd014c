/** Runs a program that prints one JSON object a line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ResidencyError } from "../../lib/errors.ts";

/** As much of the standard error as a message shows. */
const shownErrorLength = 2000;

/**
 * Starts a program and gives the objects of its output as they come; other lines are passed over.
 *
 * @throws ResidencyError E_BACKEND when it cannot be started or fails, with the end of its standard error.
 */
export async function* readJsonLines(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): AsyncGenerator<Record<string, unknown>, void> {
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => {
    // A program that computes hears a gentler signal only after its step.
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-shownErrorLength);
  });
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  // A program that cannot be started is told of below, after its empty output.
  ended.catch(() => undefined);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith("{")) yield JSON.parse(line) as Record<string, unknown>;
    }
    const [code, signal] = await ended;
    if (code !== 0) throw new Error(`it ended with ${signal ?? `code ${code ?? "unknown"}`}\n${errors}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ResidencyError("E_BACKEND", `Cannot measure with ${program}: ${reason.trim()}`, { cause });
  } finally {
    kill();
    process.off("exit", kill);
  }
}
