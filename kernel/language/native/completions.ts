/** Names that fit at a position. */
import type { Completions } from "../language-service.ts";
import type { CellProject } from "./cell-project.ts";
import { inspectSymbol } from "./inspection.ts";
import { hiddenName } from "./scope-module.ts";
import type { CompilerSymbol } from "./symbol-flags.ts";

interface CompletionEntry {
  name: string;
  /** A number of the Language Server Protocol. */
  kind?: number;
  sortText?: string;
  /** What to write where that is not the name, such as `[Symbol]`, which cannot follow a dot. */
  insertText?: string;
  symbol?: CompilerSymbol;
}

/** How many entries are described; each takes the compiler a third of a millisecond. */
const maxDescribed = 3;

/** The Language Server Protocol's kinds from 1 on, in the words that JupyterLab has icons for. */
const kinds =
  "text method function constructor field variable class interface module property unit value enum keyword snippet color file reference folder enum-member constant struct event operator type-parameter".split(
    " ",
  );

/** The kind of what such a word declares. */
const kindsOfDeclarations: Readonly<Record<string, string>> = {
  ...{ function: "function", class: "class", interface: "interface", enum: "enum" },
  ...{ type: "class", namespace: "module", module: "module" },
};

/** Words and types of the language itself, which no object has as a property. */
const languageWords =
  "abstract any as async await bigint boolean break case catch class const continue debugger declare default delete do else enum export extends false finally for from function if implements import in infer instanceof interface is keyof let namespace never new null number object of readonly return satisfies static string super switch symbol this throw true try type typeof undefined unique unknown using var void while with yield";
const utilityTypes =
  "ArrayLike AsyncIterable Awaited Exclude Extract InstanceType Iterable NonNullable NoInfer Omit Parameters Partial Pick PromiseLike Readonly ReadonlyArray Record Required ReturnType";

const ranks = { scope: "10", code: "11", global: "12", word: "13" } as const;

/** Completion over the drafts of a project. */
export interface Completer {
  /** Asks, once, for what is the same everywhere, with the draft `name`: before `at`, and best before anybody waits for it. */
  prepare(name: string): Promise<void>;
  /** The names that the draft `name` declares at its top level, finished or not; `offset` is the end of `exportPlace`. */
  ownNames(name: string, offset: number): Promise<{ name: string; mutable: boolean }[]>;
  /** Names that fit at a position of `code`, which ends the draft `name` from `offset` on, right behind `exportPlace`. */
  at(name: string, code: string, position: number, offset: number): Promise<Completions>;
}

/**
 * Completion by the compiler.
 *
 * Where a plain name may stand it does not answer: it would have to offer imports of every package too, which this
 * interface of it has not prepared. There we put together what it says of the module's own names and of `globalThis`,
 * the names that the code uses already, and the words of the language.
 */
export function createCompleter(project: CellProject): Completer {
  let globals: CompletionEntry[] | undefined;

  const ask = async (name: string, position: number): Promise<CompletionEntry[]> => {
    const parameters = { file: project.pathOf(name), position, includeSymbol: true };
    const found = await project.ask<{ entries: CompletionEntry[] } | null>(
      "getCompletionsAtPosition",
      parameters,
    );
    return found?.entries ?? [];
  };
  const declaredNames = (name: string, offset: number): Promise<CompletionEntry[]> =>
    ask(name, offset - " };\n".length);
  const globalNames = async (name: string): Promise<CompletionEntry[]> => {
    const text = "globalThis.";
    project.write(name, text);
    await project.update();
    return (await ask(name, text.length)).map(({ name: one, kind = 1 }) => ({
      name: one,
      kind,
      sortText: ranks.global,
    }));
  };
  const namesInScope = async (
    name: string,
    code: string,
    start: number,
    end: number,
    offset: number,
  ): Promise<CompletionEntry[]> => {
    if (!globals) throw new Error("The completer was not prepared.");
    const own = await declaredNames(name, offset);
    const others = `${code.slice(0, start)} ${code.slice(end)}`;
    const used = new Set(others.match(/(?<![\p{ID_Continue}$.])[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
    const entry = (kind: number, sortText: string) => (word: string) => ({ name: word, kind, sortText });
    return [
      ...own
        .filter(({ kind }) => kind !== kindNumber("keyword"))
        .map((one) => ({ ...one, sortText: ranks.scope })),
      ...[...used].map(entry(kindNumber("text"), ranks.code)),
      ...globals,
      ...languageWords.split(" ").map(entry(kindNumber("keyword"), ranks.word)),
      ...utilityTypes.split(" ").map(entry(kindNumber("interface"), ranks.word)),
    ];
  };

  /** The first ones, which are seen without scrolling, say what they are. */
  const describe = async (
    { symbol, ...entry }: Completions["entries"][number] & { symbol: CompilerSymbol | undefined },
    index: number,
  ): Promise<Completions["entries"][number]> => {
    if (!symbol || index >= maxDescribed) return entry;
    const known = await inspectSymbol(project, symbol);
    // What an earlier cell declared comes through an import, which the compiler calls a variable.
    const word = /^\w+(?= )/.exec(known.signature)?.[0] ?? "";
    return { ...entry, ...known, kind: kindsOfDeclarations[word] ?? entry.kind };
  };

  return {
    async prepare(name) {
      globals ??= await globalNames(name);
    },
    async ownNames(name, offset) {
      const found = await declaredNames(name, offset);
      return found
        .filter(({ kind }) => kind !== kindNumber("keyword"))
        .map((one) => ({ name: one.name, mutable: one.kind === kindNumber("variable") }));
    },
    async at(name, code, position, offset) {
      const before = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, position))?.[0] ?? "";
      const after = before === "" ? "" : (/^[\p{ID_Continue}$]*/u.exec(code.slice(position))?.[0] ?? "");
      const start = position - before.length;
      const end = position + after.length;
      const found = await ask(name, offset + position).catch((error: unknown) => {
        if (!(error instanceof Error && error.message.includes("needs auto imports"))) throw error;
        return namesInScope(name, code, start, end, offset);
      });
      const seen = new Set<string>();
      const entries = found
        .filter((entry) => entry.name.toLowerCase().startsWith(before.toLowerCase()))
        .filter((entry) => entry.name !== hiddenName && !entry.insertText?.startsWith("["))
        .sort((a, b) => compare(a.sortText ?? "", b.sortText ?? "") || compare(a.name, b.name))
        .filter((entry) => !seen.has(entry.name) && seen.add(entry.name))
        .map(({ symbol, ...entry }) => ({
          symbol,
          name: entry.name,
          kind: kinds[(entry.kind ?? 1) - 1] ?? "text",
        }));
      return { start, end, entries: await Promise.all(entries.map(describe)) };
    },
  };
}

function kindNumber(kind: string): number {
  return kinds.indexOf(kind) + 1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
