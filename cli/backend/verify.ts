/** Tries a binding in a process of its own. */
import { fileURLToPath } from "node:url";
import { BackendBuildError } from "./build-error.ts";
import type { BuildPlace } from "./package-folder.ts";
import { runProgram } from "./run-program.ts";

/**
 * Loads the binding and multiplies two matrices; gives the backend's words about itself.
 *
 * @throws BackendBuildError when it does not load, crashes or computes wrongly.
 */
export async function verifyBinding({ folder }: BuildPlace, log: string): Promise<string> {
  const program = fileURLToPath(new URL("multiply.js", import.meta.url));
  const env = { ...process.env, RESIDENCY_TENSORFLOW: folder };
  const end = await runProgram(process.execPath, [program], { log, env, timeout: 120_000 });
  if (end.code === 0) {
    const { reason } = JSON.parse(end.stdout) as { reason: string };
    return reason;
  }
  const error = end.output.split("\n").find((line) => /^\s*\w*Error\b.*: /.test(line));
  const problem = error?.trim() ?? end.reason ?? `the process ended with ${end.code}`;
  throw new BackendBuildError(
    "binding",
    `the binding is built, but it does not work: ${problem} (the whole output is in ${log})`,
    end.reason === "SIGILL"
      ? "this TensorFlow needs a newer processor: install an older version of it"
      : "follow the message; where it says nothing, try another version of TensorFlow",
  );
}
