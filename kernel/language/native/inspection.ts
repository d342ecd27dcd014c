/** What is known of the name at a position, in the words of an editor's hover text. */
import type { Inspection } from "../language-service.ts";
import type { CellProject } from "./cell-project.ts";
import { symbolFlags } from "./symbol-flags.ts";
import type { CompilerSymbol } from "./symbol-flags.ts";

interface Tag {
  name: string;
  text?: string;
}

/** What a variable of the top level was declared with. */
export type KeywordOf = (name: string) => "const" | "let" | undefined;

/** Types are written out in full, as for a person who asks, and not cut as in a message; an alias by what it stands for. */
const [noTruncation, inTypeAlias] = [1, 1 << 23];

/** The signature and the documentation of the symbol at an offset of a file, if there is one. */
export async function inspectAt(
  project: CellProject,
  name: string,
  position: number,
  keywordOf: KeywordOf,
): Promise<Inspection | undefined> {
  const file = project.pathOf(name);
  const found = await project.ask<CompilerSymbol | null>("getSymbolAtPosition", { file, position });
  return found ? inspectSymbol(project, found, keywordOf) : undefined;
}

/** The signature and the documentation of a symbol, or of what it stands for. */
export async function inspectSymbol(
  project: CellProject,
  found: CompilerSymbol,
  keywordOf: KeywordOf = () => undefined,
): Promise<Inspection> {
  const isAlias = (found.flags & symbolFlags.alias) !== 0;
  const symbol = isAlias
    ? await project.ask<CompilerSymbol>("getAliasedSymbol", { symbol: found.id })
    : found;
  const [signature, comment, tags] = await Promise.all([
    describe(project, { ...symbol, name: isAlias ? found.name : symbol.name }, keywordOf),
    project.ask<string | null>("getDocumentationComment", { symbol: symbol.id }),
    project.ask<Tag[] | null>("getJsDocTags", { symbol: symbol.id }),
  ]);
  const lines = (tags ?? []).map((tag) => `@${tag.name} ${tag.text ?? ""}`.trimEnd());
  return { signature, documentation: [comment ?? "", ...lines].filter(Boolean).join("\n") };
}

async function describe(project: CellProject, symbol: CompilerSymbol, keywordOf: KeywordOf): Promise<string> {
  const { flags, name } = symbol;
  const is = (kind: keyof typeof symbolFlags): boolean => (flags & symbolFlags[kind]) !== 0;
  if (is("class")) return `class ${name}`;
  if (is("interface")) return `interface ${name}`;
  if (is("enum")) return `enum ${name}`;
  if (is("module")) return `namespace ${name}`;
  if (is("typeParameter")) return `(type parameter) ${name}`;
  if (is("typeAlias")) return `type ${name} = ${await typeText(project, "getDeclaredTypeOfSymbol", symbol)}`;
  const type = await typeText(project, "getTypeOfSymbol", symbol);
  if (is("function")) return `function ${named(name, type)}`;
  if (is("method")) return `(method) ${named(name, type)}`;
  if (is("enumMember")) return `(enum member) ${name} = ${type}`;
  const kind = is("property") || is("accessor") ? "(property)" : keywordOf(name);
  return `${kind === undefined ? "" : `${kind} `}${name}: ${type}`;
}

async function typeText(project: CellProject, method: string, symbol: CompilerSymbol): Promise<string> {
  const type = await project.ask<{ id: number } | null>(method, { symbol: symbol.id });
  if (!type) return "any";
  return project.ask<string>("typeToString", { type: type.id, flags: noTruncation | inTypeAlias });
}

/** `(a: number) => string` of a function becomes `name(a: number): string`; overloads stay in braces. */
function named(name: string, type: string): string {
  let depth = 0;
  for (let at = 0; at < type.length; at++) {
    const character = type[at]!;
    if ("([{<".includes(character)) depth += 1;
    if (")]}".includes(character) || (character === ">" && type[at - 1] !== "=")) depth -= 1;
    if (depth === 0 && type.startsWith(" => ", at + 1)) {
      return `${name}${type.slice(0, at + 1)}: ${type.slice(at + 5)}`;
    }
  }
  return `${name}: ${type}`;
}
