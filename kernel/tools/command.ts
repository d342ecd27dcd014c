/** `$`: runs programs from a cell; the template is a list of arguments, and no shell reads it. */
import type { Readable } from "node:stream";
import { displaySymbol } from "../display/index.ts";
import type { Displayable } from "../display/index.ts";
import { KernelError } from "../errors.ts";
import { processTree, signalAll } from "../processes/index.ts";
import { CommandError } from "./command-error.ts";
import type { CommandOutcome } from "./command-error.ts";
import { commandText, commandWords } from "./command-words.ts";
import type { CommandArgument } from "./command-words.ts";
import { startCommand } from "./run-command.ts";
import type { CommandSettings, OutputFile, RunningCommand } from "./run-command.ts";

/** How a command ended; as a cell's result it shows nothing, since its output has been shown. */
export type CommandResult = CommandOutcome & Displayable;

/** Settings of `writeTo`. */
export interface WriteToOptions {
  /** Add to the end of the file (default: replace it). */
  append?: boolean;
  /** What goes to the file (default: stdout). */
  streams?: OutputFile["streams"];
}

/**
 * A command: it starts by itself once the statement that made it is done, and can be awaited.
 *
 * What is said about it (`quiet` to `pipe`) must be said in that statement.
 */
export interface Command extends Promise<CommandResult>, Displayable {
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** Does not show the output. */
  quiet(): this;
  /** Does not throw when the exit code is not 0 or a signal ends it. */
  nothrow(): this;
  /** Runs in another folder than the cell's. */
  cwd(folder: string): this;
  /** Adds environment variables; undefined takes one away. */
  env(variables: Record<string, string | undefined>): this;
  /** Gives it something to read; without it, it reads nothing. */
  stdin(input: string | Uint8Array | Readable): this;
  /** Lets it read from a file. */
  readFrom(file: string): this;
  /** Writes its output to a file instead of showing it. */
  writeTo(file: string, options?: WriteToOptions): this;
  /** Ends it, and everything that it has started, after some milliseconds; it then throws. */
  timeout(milliseconds: number): this;
  /** Ends it, and everything that it has started, when the signal is aborted; it then throws. */
  signal(signal: AbortSignal): this;
  /** Lets another command read its output, and gives that one; it throws when either of them fails. */
  pipe<T extends Command>(next: T): T;
  /** What it writes to stdout, without the last line end; not shown. */
  text(): Promise<string>;
  /** The lines that it writes to stdout; not shown. */
  lines(): Promise<string[]>;
}

interface State {
  settings: CommandSettings;
  ended: Promise<CommandResult> | undefined;
  refused: boolean;
  nothrow: boolean;
  source: State | undefined;
  running: RunningCommand | undefined;
  /** Frames of the cell, which an event of the operating system does not have. */
  frames: string;
}

const states = new WeakMap<object, State>();

/**
 * Runs a program and shows what it writes as it comes.
 *
 * Words are separated by white space; quotes hold one together; a value is one word whatever it contains and a list is one
 * word for each item. There is no shell: pipes and redirections are methods, and unquoted shell syntax is an error.
 *
 * @throws CommandError (code E_COMMAND) when the exit code is not 0, with the code and the end of stderr.
 *
 * @example
 * await $`git add ${files}`;
 * const branch = await $`git branch --show-current`.text();
 * await $`cat notes.txt`.pipe($`sort -u`).writeTo("sorted.txt");
 */
export function $(template: TemplateStringsArray, ...values: CommandArgument[]): Command {
  const place = { stack: "" };
  Error.captureStackTrace(place, $);
  const state: State = {
    settings: {
      words: commandWords(rawText(template), values),
      cwd: undefined,
      env: {},
      stdin: undefined,
      reads: false,
      output: undefined,
      timeout: undefined,
      signals: [],
      quiet: false,
      piped: false,
    },
    ended: undefined,
    refused: false,
    nothrow: false,
    source: undefined,
    running: undefined,
    frames: place.stack.slice(place.stack.indexOf("\n") + 1),
  };
  // Later than the rest of the statement, so that its methods have been called.
  state.ended = Promise.resolve().then(() => finish(state));
  return createCommand(state, state.ended);
}

/** The template as it was typed, so that a backslash is one; only those that TypeScript asks for go. */
function rawText(template: TemplateStringsArray): string[] {
  return template.raw.map((text) => text.replace(/\\([`$])/g, "$1").replace(/\\\r?\n/g, "\n"));
}

function createCommand(state: State, promise: Promise<CommandResult>): Command {
  const { settings } = state;
  /** A statement that fails while it describes a command does not run it. */
  const refuse = (error: Error): never => {
    state.refused = true;
    throw error;
  };
  const change = (name: string, apply: () => void): Command => {
    if (state.running) {
      const message = `${commandText(settings.words)}: .${name}() comes too late, the command runs already; call it where the command is made.`;
      throw new KernelError("E_COMMAND", message);
    }
    apply();
    return command;
  };
  const output = async (): Promise<string> => {
    settings.quiet = true;
    const { stdout, truncated } = await promise;
    if (truncated) {
      throw new CommandError(commandText(settings.words), "it wrote too much for a text; use .writeTo(file)");
    }
    return stdout.replace(/\r?\n$/, "");
  };
  const methods = {
    words: settings.words as readonly string[],
    quiet: () => change("quiet", () => (settings.quiet = true)),
    nothrow: () => change("nothrow", () => (state.nothrow = true)),
    cwd: (folder: string) => change("cwd", () => (settings.cwd = folder)),
    env: (variables: Record<string, string | undefined>) =>
      change("env", () => Object.assign(settings.env, variables)),
    stdin: (input: string | Uint8Array | Readable) => change("stdin", () => (settings.stdin = input)),
    readFrom: (file: string) => change("readFrom", () => (settings.stdin = { path: file })),
    writeTo: (file: string, { append = false, streams = "stdout" }: WriteToOptions = {}) =>
      change("writeTo", () => (settings.output = { path: file, append, streams })),
    timeout(milliseconds: number) {
      if (!(milliseconds > 0 && milliseconds < 2 ** 31)) {
        const message = `${commandText(settings.words)}: .timeout(${milliseconds}) is no time; it must be above 0 and below 2^31 milliseconds.`;
        return refuse(new KernelError("E_COMMAND", message));
      }
      return change("timeout", () => (settings.timeout = milliseconds));
    },
    signal: (signal: AbortSignal) => change("signal", () => settings.signals.push(signal)),
    pipe(next: Command) {
      const target = states.get(next);
      if (!target) return refuse(new TypeError(".pipe() takes a command, as in $`one`.pipe($`two`)"));
      void change("pipe", () => {
        settings.piped = true;
        target.settings.reads = true;
        target.source = state;
      });
      // Its failure is told by the command that reads from it.
      promise.catch(() => undefined);
      return next;
    },
    text: output,
    async lines() {
      const text = await output();
      return text === "" ? [] : text.split(/\r?\n/);
    },
    // A command as a cell's last expression is waited for.
    async [displaySymbol]() {
      return (await promise)[displaySymbol]();
    },
  };
  const command = Object.assign(promise, methods) as unknown as Command;
  states.set(command, state);
  return command;
}

/** Starts the command and those that it reads from, and waits for all of them. */
async function finish(state: State): Promise<CommandResult> {
  const { settings, source } = state;
  if (state.refused) return new Promise(() => undefined);
  try {
    const running = start(state);
    if (source) connect(start(source), running);
    const [outcome] = await Promise.all([running.outcome, source?.ended]);
    const failed = outcome.exitCode !== 0 && !state.nothrow;
    // A command whose reader has enough is ended by SIGPIPE, as `yes` in `yes | head`.
    if (failed && !(settings.piped && outcome.signal === "SIGPIPE")) {
      const how =
        outcome.signal === null ? `exit code ${String(outcome.exitCode)}` : `signal ${outcome.signal}`;
      throw new CommandError(commandText(settings.words), `it ended with ${how}`, outcome);
    }
    return {
      ...outcome,
      [displaySymbol]: () => (settings.quiet ? { "text/plain": outcome.stdout } : {}),
    };
  } catch (error) {
    if (error instanceof CommandError && state.frames !== "") {
      error.stack = `${error.name}: ${error.message}\n${state.frames}`;
    }
    // Nobody reads what the other command writes, and nothing more comes to this one.
    source?.running?.stdout?.destroy();
    state.running?.stdin?.destroy();
    throw error;
  }
}

function start(state: State): RunningCommand {
  state.running ??= startCommand(state.settings);
  return state.running;
}

/** Lets `to` read what `from` writes; what it writes after the end of `to` earns it a SIGPIPE, as in a shell. */
function connect(from: RunningCommand, to: RunningCommand): void {
  const { stdout, pid } = from;
  if (!stdout || !to.stdin) return;
  stdout.pipe(to.stdin);
  const stop = (): void => {
    stdout.unpipe();
    stdout.once("data", () => {
      if (pid !== undefined) signalAll(processTree(pid), "SIGPIPE");
      stdout.destroy();
    });
    stdout.resume();
  };
  to.outcome.then(stop, stop);
}
