/** What a failed command throws. */
import { KernelError } from "../errors.ts";

/** How a command ended. */
export interface CommandOutcome {
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** The signal that ended it, or null. */
  signal: NodeJS.Signals | null;
  /** What it wrote, unless that went to a file or to another command. */
  stdout: string;
  stderr: string;
  /** Whether it wrote more than is kept; the beginning is kept. */
  truncated: boolean;
  /** How long it ran. */
  milliseconds: number;
}

/** A command that could not be started, failed, or was ended; its message holds the end of what it wrote to stderr. */
export class CommandError extends KernelError {
  /** The command as a person would type it. */
  readonly command: string;
  /** How it ended, or undefined when it did not start. */
  readonly outcome: CommandOutcome | undefined;
  constructor(command: string, why: string, outcome?: CommandOutcome, options?: ErrorOptions) {
    const stderr = outcome === undefined ? "" : endOf(outcome.stderr);
    super("E_COMMAND", `${command}: ${why}${stderr === "" ? "" : `\n${stderr}`}`, options);
    this.name = "CommandError";
    this.command = command;
    this.outcome = outcome;
  }

  /** The exit code, or undefined when it has none. */
  get exitCode(): number | undefined {
    return this.outcome?.exitCode ?? undefined;
  }
}

const shownLines = 10;
const shownCharacters = 2000;

function endOf(text: string): string {
  return text.trimEnd().split("\n").slice(-shownLines).join("\n").slice(-shownCharacters);
}
