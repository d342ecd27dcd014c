/** What both commands do around their work: print JSON lines, end with a message, and take their children with them. */
import { ResidencyError } from "../../lib/errors.ts";

/** Prints an object as one line. */
export function printLine(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Says an expected error in words and gives the process a failing exit code; any other is thrown again. */
export function tellError(error: unknown, prefix = ""): void {
  if (!(error instanceof ResidencyError)) throw error;
  process.stderr.write(`${prefix}${error.message}\n`);
  process.exitCode = 1;
}

/** Runs a command on the arguments of the process. */
export async function runCommand(command: (args: readonly string[]) => Promise<void>): Promise<void> {
  // Without a handler a signal ends the process at once, and a measurement would go on as an orphan.
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
  try {
    await command(process.argv.slice(2));
  } catch (error) {
    tellError(error);
  }
}
