/** Runs a script beside this one in a process of its own, for what an environment variable decides when it starts. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a child process ended. */
export interface ChildOutcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it printed, parsed where it is JSON. */
  result: unknown;
  stderr: string;
}

/** Runs `NAME.js` of this folder with more environment variables; ends it after 20 seconds. */
export function runChild(
  name: string,
  environment: Readonly<Record<string, string>> = {},
  { args = [], nodeOptions = [] }: { args?: readonly string[]; nodeOptions?: readonly string[] } = {},
): Promise<ChildOutcome> {
  const script = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, script, ...args], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 20_000,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      let result: unknown = stdout;
      try {
        result = JSON.parse(stdout);
      } catch {
        // Text is text.
      }
      resolve({ code, signal, result, stderr });
    });
  });
}
