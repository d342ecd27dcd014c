/** `env`: the environment variables of the cells and of the programs that they start. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { displaySymbol } from "../display/index.ts";
import type { Displayable } from "../display/index.ts";
import { KernelError } from "../errors.ts";

/** Settings of `env.load`. */
export interface LoadEnvOptions {
  /** Replace variables that are set already (default false). */
  override?: boolean;
}

/** A view of `process.env`; shown, it tells names and never values, since notebooks are passed on. */
export interface Environment extends Displayable {
  /** The value of a variable, or undefined when it is not set. */
  get(name: string): string | undefined;
  /** The value of a variable, or `fallback` when it is not set. */
  get(name: string, fallback: string): string;
  /** Sets a variable; undefined takes it away. */
  set(name: string, value: string | undefined): void;
  /** Reads `NAME=value` lines of a file (default ".env") and gives the names that were set. */
  load(path?: string, options?: LoadEnvOptions): string[];
}

function get(name: string): string | undefined;
function get(name: string, fallback: string): string;
function get(name: string, fallback?: string): string | undefined {
  return process.env[name] ?? fallback;
}

const names = (): string[] => Object.keys(process.env).sort();

/**
 * The environment variables.
 *
 * @example
 * env.load();
 * const token = env.get("HF_TOKEN", "");
 */
export const env: Environment = {
  get,
  set(name, value) {
    if (name === "" || /[=\0]/.test(name)) {
      const message = `env.set: ${JSON.stringify(name)} cannot be the name of a variable; it must not be empty or hold "=".`;
      throw new KernelError("E_ARGUMENT", message);
    }
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  },
  load(path = ".env", options = {}) {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const message = `env.load: the file ${path} cannot be read from the folder ${process.cwd()}.`;
      throw new KernelError("E_ARGUMENT", message, { cause: error });
    }
    const entries = Object.entries(parseEnv(text)).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (options.override === true || process.env[entry[0]] === undefined),
    );
    for (const [name, value] of entries) process.env[name] = value;
    return entries.map(([name]) => name);
  },
  [displaySymbol]: () => ({ "text/plain": `${names().length} environment variables: ${names().join(", ")}` }),
};
