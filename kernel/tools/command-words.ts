/** What `$` reads in its template: a program and its arguments as a list, never a text for a shell. */
import { KernelError } from "../errors.ts";

/** A value in a command's template: one argument, or for a list as many as it has items. */
export type CommandArgument = string | number | bigint | readonly (string | number | bigint)[];

/** What a shell would do with a character, and what to write instead. */
const shellSyntax: Record<string, string> = {
  "|": "connect commands with $`one`.pipe($`two`)",
  ">": "write to a file with $`command`.writeTo(file)",
  "<": "read from a file with $`command`.readFrom(file)",
  "&": "a command without await runs in the background",
  ";": "write one $`command` after another",
  "*": 'list files with glob or readdir of "node:fs" and pass the list',
  $: "pass ${process.env.NAME}, or values of the cell as ${value}",
  "`": "pass the result of (await $`command`.text())",
  "(": "commands cannot be grouped",
  ")": "commands cannot be grouped",
};

/**
 * Splits a template into words.
 *
 * White space, new lines too, separates words; '…' and "…" hold one together and are not part of it. A value is always
 * (part of) one word whatever it contains, a list is one word for each item. A backslash means itself.
 *
 * @throws KernelError E_COMMAND for an unquoted character that only a shell would understand.
 */
export function commandWords(
  template: readonly string[],
  values: readonly CommandArgument[],
): [program: string, ...args: string[]] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (const [index, text] of template.entries()) {
    for (const character of text) {
      if (quote !== undefined) {
        if (character === quote) quote = undefined;
        else word = `${word ?? ""}${character}`;
      } else if (character === "'" || character === '"') {
        quote = character;
        word ??= "";
      } else if (/\s/.test(character)) {
        endWord();
      } else {
        refuseShellSyntax(character, word === undefined, template);
        word = `${word ?? ""}${character}`;
      }
    }
    if (index === values.length) continue;
    const value = values[index]!;
    if (typeof value === "object" && Array.isArray(value)) {
      const next = template[index + 1] ?? "";
      if (word !== undefined || quote !== undefined || !/^(?:\s|$)/.test(next)) {
        throw refusal(
          template,
          "a list must stand between spaces; join it first, or map each item to a word",
        );
      }
      for (const item of value as readonly unknown[]) words.push(argumentText(item, template));
    } else {
      word = `${word ?? ""}${argumentText(value, template)}`;
    }
  }
  if (quote !== undefined) throw refusal(template, `a quote ${quote} has no end`);
  endWord();
  const [program, ...args] = words;
  if (program === undefined || program === "") throw refusal(template, "it names no program");
  return [program, ...args];
}

/** A command as a person would type it, for messages. */
export function commandText(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./^~#-]+$/.test(word) ? word : `'${word}'`)).join(" ");
}

function argumentText(value: unknown, template: readonly string[]): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value !== "string") {
    const kind = value === null ? "null" : typeof value;
    throw refusal(template, `a value is of type ${kind}; allowed are texts, numbers and lists of them`);
  }
  if (value.includes("\0"))
    throw refusal(template, "a value has a NUL character, which no argument can carry");
  return value;
}

function refuseShellSyntax(character: string, first: boolean, template: readonly string[]): void {
  const instead = shellSyntax[character];
  if (instead !== undefined) {
    throw refusal(
      template,
      `no shell reads it, so ${character} has no effect: ${instead}; quote it to pass it on`,
    );
  }
  if (character === "~" && first) {
    throw refusal(
      template,
      `no shell reads it, so ~ has no effect: pass \${os.homedir()}; quote it to pass it on`,
    );
  }
}

function refusal(template: readonly string[], why: string): KernelError {
  return new KernelError("E_COMMAND", `Cannot run $\`${template.join("${…}").trim()}\`: ${why}.`);
}
