/** PEFT's rules for which dotted names a list, a regular expression or a pattern's key means. */
import { ResidencyError } from "../errors.ts";
import type { LoraConfig } from "./config.ts";

/** A regular expression in Python's form, as PEFT's files have it, in JavaScript's. */
function compile(pattern: string, wrap: (source: string) => string): RegExp {
  const source = pattern
    .replaceAll("(?P<", "(?<")
    .replace(/\(\?P=(\w+)\)/g, "\\k<$1>")
    .replaceAll("\\A", "^")
    .replaceAll("\\Z", "$");
  const flags = /^\(\?([ims]+)\)/.exec(source);
  try {
    return new RegExp(wrap(flags ? source.slice(flags[0].length) : source), flags?.[1]);
  } catch (error) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot use ${JSON.stringify(pattern)} as a regular expression: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Whether a name is a target, or ends with `.` and a target. */
export function matchesName(name: string, target: string): boolean {
  return name === target || name.endsWith(`.${target}`);
}

/**
 * A test of whole dotted names: a string is a regular expression for all of the name, a list holds names and ends of names.
 *
 * @throws ResidencyError E_CONFIG when a string is no regular expression.
 */
export function nameTest(names: readonly string[] | string): (name: string) => boolean {
  if (typeof names === "string") {
    const expression = compile(names, (source) => `^(?:${source})$`);
    return (name) => expression.test(name);
  }
  return (name) => names.some((target) => matchesName(name, target));
}

/** A test of one key of rankPattern or alphaPattern: the key is a regular expression for the name or its end behind a dot. */
export function patternTest(key: string): (name: string) => boolean {
  const expression = compile(key, (source) => `^(?:.*\\.)?(?:${source})$`);
  return (name) => expression.test(name);
}

/** What a pattern says of a name: the value of the first key that matches, else the fallback. */
export function patternValue(
  pattern: Readonly<Record<string, number>>,
  name: string,
  fallback: number,
): number {
  for (const [key, value] of Object.entries(pattern)) {
    if (patternTest(key)(name)) return value;
  }
  return fallback;
}

/** The number of the block that a name stands in, `layers.3.` for example; undefined where it stands in none. */
export function blockIndexOf(name: string, layersPattern: LoraConfig["layersPattern"]): number | undefined {
  const patterns = typeof layersPattern === "string" ? [layersPattern] : (layersPattern ?? []);
  const expressions =
    patterns.length === 0
      ? [/^.*?\.[^.]*\.(?<block>\d+)\./]
      : patterns.map((pattern) =>
          compile(pattern, (source) => `^(?:|.*?\\.)(?:${source})\\.(?<block>\\d+)\\.`),
        );
  for (const expression of expressions) {
    const block = expression.exec(name)?.groups?.["block"];
    if (block !== undefined) return Number(block);
  }
  return undefined;
}
