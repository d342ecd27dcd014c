/** Runs one program: its output to the cell as it comes, its end as an outcome. */
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import type spawnType from "cross-spawn";
import { currentCell, runInCell } from "../executor/cell-context.ts";
import { endTree } from "../processes/index.ts";
import { CommandError } from "./command-error.ts";
import type { CommandOutcome } from "./command-error.ts";
import { commandText } from "./command-words.ts";

/** A file that takes a command's output. */
export interface OutputFile {
  path: string;
  append: boolean;
  streams: "stdout" | "stderr" | "both";
}

/** Everything that is said about a command before it starts. */
export interface CommandSettings {
  words: [program: string, ...args: string[]];
  cwd: string | undefined;
  env: Record<string, string | undefined>;
  /** What it reads; nothing when undefined. */
  stdin: string | Uint8Array | Readable | { path: string } | undefined;
  /** Whether it reads what another command writes. */
  reads: boolean;
  output: OutputFile | undefined;
  timeout: number | undefined;
  signals: AbortSignal[];
  /** Keep the output without showing it. */
  quiet: boolean;
  /** Whether another command reads its stdout. */
  piped: boolean;
}

/** A program that runs. */
export interface RunningCommand {
  readonly pid: number | undefined;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** How it ends; rejects when it cannot be started or was ended by a timeout or an AbortSignal. */
  readonly outcome: Promise<CommandOutcome>;
}

/** The most text that is kept of each stream, in UTF-16 units. */
const maxKept = 64 * 1024 * 1024;

/** Loaded with the first command only; it finds npm and other scripts on Windows, which Node's own does not. */
const loadSpawn = (): typeof spawnType => createRequire(import.meta.url)("cross-spawn") as typeof spawnType;

/** Starts a program on behalf of the running cell. */
export function startCommand(settings: CommandSettings): RunningCommand {
  const context = currentCell();
  if (context.controller.signal.aborted) {
    // What is left of an interrupted cell starts nothing.
    return { pid: undefined, stdin: null, stdout: null, outcome: new Promise(() => undefined) };
  }
  const command = commandText(settings.words);
  const folder = path.resolve(settings.cwd ?? ".");
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(command, `the folder ${folder}, in which it was to run, does not exist`);
  }
  const child = spawnChild(settings, folder, command);
  const started = performance.now();
  const kept = { stdout: createKeeper(), stderr: createKeeper() };
  for (const name of ["stdout", "stderr"] as const) {
    if (name === "stdout" && settings.piped) continue;
    const from = child[name];
    from?.setEncoding("utf8").on("data", (text: string) => {
      kept[name].add(text);
      if (settings.quiet) return;
      // The callback of a pipe belongs to no cell by itself.
      runInCell(context, () => {
        if (process[name].write(text)) return;
        from.pause();
        process[name].once("drain", () => from.resume());
      });
    });
  }
  feed(child, settings.stdin);
  const ended = endReason(child, settings);
  const outcome = new Promise<CommandOutcome>((resolve, reject) => {
    // An interrupted cell does not go on, whatever it would do with the failure.
    const settle = (callback: () => void): void => {
      if (!context.controller.signal.aborted) callback();
    };
    child.once("error", (error) => settle(() => reject(startError(command, settings, error))));
    child.once("close", (exitCode, signal) => {
      const result: CommandOutcome = {
        exitCode,
        signal,
        stdout: kept.stdout.text(),
        stderr: kept.stderr.text(),
        truncated: kept.stdout.truncated() || kept.stderr.truncated(),
        milliseconds: Math.round(performance.now() - started),
      };
      const why = ended();
      settle(() => (why === undefined ? resolve(result) : reject(new CommandError(command, why, result))));
    });
  });
  return { pid: child.pid, stdin: child.stdin, stdout: child.stdout, outcome };
}

function spawnChild(settings: CommandSettings, folder: string, command: string): ChildProcess {
  const { words, stdin, reads, output } = settings;
  const opened: number[] = [];
  const open = (file: string, flags: string): number => {
    try {
      const descriptor = openSync(path.resolve(folder, file), flags);
      opened.push(descriptor);
      return descriptor;
    } catch (error) {
      throw new CommandError(command, `the file ${file} cannot be opened`, undefined, { cause: error });
    }
  };
  try {
    const fromFile = stdin !== undefined && isFile(stdin) ? open(stdin.path, "r") : undefined;
    const input = fromFile ?? (reads || stdin !== undefined ? "pipe" : "ignore");
    const file = output && open(output.path, output.append ? "a" : "w");
    const [program, ...args] = words;
    return loadSpawn()(program, args, {
      cwd: folder,
      env: { ...process.env, ...settings.env },
      stdio: [
        input,
        file !== undefined && output?.streams !== "stderr" ? file : "pipe",
        file !== undefined && output?.streams !== "stdout" ? file : "pipe",
      ],
    });
  } catch (error) {
    // Some faults, such as arguments that are too long, are thrown and not reported.
    throw error instanceof CommandError ? error : startError(command, settings, error as Error);
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

function isFile(stdin: NonNullable<CommandSettings["stdin"]>): stdin is { path: string } {
  return typeof stdin === "object" && !(stdin instanceof Uint8Array) && !("pipe" in stdin);
}

function feed(child: ChildProcess, stdin: CommandSettings["stdin"]): void {
  // A program may end without reading everything.
  child.stdin?.on("error", () => undefined);
  if (!child.stdin || stdin === undefined || isFile(stdin)) return;
  if (typeof stdin === "object" && "pipe" in stdin) stdin.pipe(child.stdin);
  else child.stdin.end(stdin);
}

/** Ends the program on time-outs and aborts; the function that it gives says which it was, if any. */
function endReason(child: ChildProcess, { timeout, signals }: CommandSettings): () => string | undefined {
  let reason: string | undefined;
  const end = (why: string): void => {
    reason ??= why;
    if (child.pid !== undefined) void endTree(child.pid, "SIGTERM");
  };
  const timer =
    timeout === undefined ? undefined : setTimeout(() => end(`it was ended after ${timeout} ms`), timeout);
  const onAbort = (): void => end("it was ended by its AbortSignal");
  for (const signal of signals) {
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  }
  child.once("close", () => {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener("abort", onAbort);
  });
  return () => reason;
}

function startError(command: string, { words: [program] }: CommandSettings, error: Error): CommandError {
  const code = "code" in error ? error.code : undefined;
  const why =
    code === "ENOENT"
      ? `there is no program ${program}${/[/\\]/.test(program) ? "" : " on PATH"}`
      : code === "EACCES"
        ? `${program} may not be executed`
        : `it could not be started: ${error.message}`;
  return new CommandError(command, why);
}

function createKeeper(): { add(text: string): void; text(): string; truncated(): boolean } {
  const parts: string[] = [];
  let length = 0;
  let cut = false;
  return {
    add(text) {
      const part = text.slice(0, maxKept - length);
      cut ||= part.length < text.length;
      if (part !== "") parts.push(part);
      length += part.length;
    },
    text: () => parts.join(""),
    truncated: () => cut,
  };
}
