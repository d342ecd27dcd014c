/** Runs a program of a build: its output goes to a log file, its end within a time is certain. */
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { killWithChildren } from "../../kernel/processes/index.ts";

/** How a program ended. */
export interface ProgramEnd {
  /** The exit code; undefined when it did not start, was killed or ran out of time. */
  code: number | undefined;
  /** Why there is no exit code, such as `spawn g++ ENOENT`, `SIGILL` or `no end within 300 s`. */
  reason: string | undefined;
  stdout: string;
  /** Both streams, in the order in which they came. */
  output: string;
}

/** Options of `runProgram`. */
export interface RunProgramOptions {
  /** A file to which the command line and its output are appended. */
  log?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the program and all below it are killed. */
  timeout: number;
}

/** Starts a log file anew. */
export function startLog(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, "");
}

/** Runs a program to its end; never throws. */
export function runProgram(
  program: string,
  args: readonly string[],
  { log, cwd, env, timeout }: RunProgramOptions,
): Promise<ProgramEnd> {
  const write = (text: string): void => {
    if (log !== undefined) appendFileSync(log, text);
  };
  write(
    `\n$ ${[program, ...args].map((word) => (/\s/.test(word) ? JSON.stringify(word) : word)).join(" ")}\n`,
  );
  return new Promise((resolve) => {
    let stdout = "";
    let output = "";
    let late = false;
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) killWithChildren(child.pid);
    }, timeout);
    const finish = (code: number | null, reason: string | undefined): void => {
      clearTimeout(timer);
      if (reason !== undefined) write(`(${reason})\n`);
      resolve({ code: code ?? undefined, reason, stdout, output });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (stream === child.stdout) stdout += text;
        write(text);
      });
    }
    child.on("error", (error) => finish(null, error.message));
    child.on("close", (code, signal) => {
      if (late) finish(null, `no end within ${timeout / 1000} s`);
      else finish(code, signal ?? undefined);
    });
  });
}
