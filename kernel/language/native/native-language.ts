/** Cells in TypeScript by the native compiler: each is a module that sees what earlier cells declared. */
import { previewCell, transformCell } from "../cell-transform.ts";
import type { CellSyntax, TranspiledCell } from "../cell-syntax.ts";
import type { Declaration } from "../declaration-lines.ts";
import { nameEarlierCells } from "../diagnostics.ts";
import type {
  CellLanguage,
  CellPreview,
  CellSource,
  CompiledCell,
  Completeness,
  Completions,
  RejectedCell,
} from "../language-service.ts";
import { draftFiles, exportPlace, removeOrphanedFolders, scopeFile } from "./cell-folder.ts";
import type { CellProject, Diagnosis } from "./cell-project.ts";
import { toErrors } from "./compiler-errors.ts";
import { createCompleter } from "./completions.ts";
import { inspectAt } from "./inspection.ts";
import { isCompleteByOxc } from "./is-complete.ts";
import { maxOxcLength, parseWithOxc, stripTypesWithOxc, transpileWithOxc } from "./oxc-syntax.ts";
import type { OxcSyntax } from "./oxc-syntax.ts";
import { createScopeModule, scopeLine } from "./scope-module.ts";
import { blankTypeImports } from "./type-imports.ts";
import { readOptions } from "../tsconfig-comment.ts";

/** What does the parts of the work that Oxc cannot: long code, and syntax that has to be lowered. */
export interface SlowSyntax {
  parse(code: string): Promise<CellSyntax>;
  transpile(code: string, jsx: boolean): Promise<TranspiledCell>;
  /** What a cell would become if there were none before it. */
  preview(code: string): Promise<CellPreview | undefined>;
  isComplete(code: string): Promise<Completeness>;
  stripTypes(code: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Every declaration begins with one of these. */
const declaringWord =
  /\b(?:let|const|var|using|class|function|enum|interface|type|namespace|module|import)\b/u;

/** How long nothing has to come before the compiler reads what cells have declared. */
const idleMs = 30;

/** How long an interrupt leaves the compiler at its work, which seldom takes as long. */
const patienceMs = 1000;

/** How long after the start: when the first cell has most likely been answered, and nobody has begun to type. */
const firstIdleMs = 1000;

/**
 * The language over a project; its calls wait for `ready`, and `startSlowSyntax` is called when it is first needed.
 */
export function createNativeLanguage(
  project: CellProject,
  ready: Promise<void>,
  startSlowSyntax: () => SlowSyntax,
): CellLanguage {
  const scope = createScopeModule();
  const completer = createCompleter(project);
  let runtimeNames = new Set<string>();
  let slow: SlowSyntax | undefined;
  /** Cells that declare something and are not written yet: each new module costs the compiler 3 ms. */
  const kept: [file: string, text: string][] = [];
  let idle: NodeJS.Timeout | undefined;
  let count = 0;
  let last: Promise<unknown> = ready;
  let [asked, answered] = [0, 0];

  const slowSyntax = (): SlowSyntax => (slow ??= startSlowSyntax());
  /** One thing at a time: each is about the one draft. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    const count = (): void => void (answered += 1);
    asked += 1;
    last = done.then(count, count);
    return done;
  };
  const write = async (name: string, text: string): Promise<void> => {
    project.write(name, text);
    await project.update();
  };
  /** Puts a whole cell into a draft and checks it; the hidden lines stand behind it, so that no position shifts. */
  const check = (
    name: string,
    code: string,
    declared: readonly Declaration[],
    onAsked: () => void = () => undefined,
  ): Promise<Diagnosis> => {
    if (scope.isBehind(code, declared)) writeScope();
    project.write(name, `${code}\n${scope.draftLines(code, declared, false)}\n${exportPlace}`);
    return project.check(name, onAsked);
  };
  /**
   * Puts code that is being written into a draft and gives the offset at which it begins; the hidden lines stand in
   * front, since an open brace or a dot at the end of such code would swallow them.
   */
  const openUnfinished = async (
    name: string,
    code: string,
    declared: readonly Declaration[],
  ): Promise<number> => {
    if (kept.length > 0) writeScope();
    const hidden = `${scope.draftLines(code, declared, true)} ${exportPlace}\n`;
    await write(name, hidden + code);
    return hidden.length;
  };
  const writeScope = (): void => {
    for (const [file, text] of kept.splice(0)) project.write(file, text);
    project.write(scopeFile, scope.text());
  };

  const compileCell = async ({ code }: CellSource): Promise<CompiledCell | RejectedCell> => {
    const asked = readOptions(code);
    if (asked && "error" in asked) return { ok: false, errors: [asked.error] };
    if (asked) project.setOptions(asked.options);
    const quick = code.length <= maxOxcLength ? parseWithOxc(code) : undefined;
    let syntax: CellSyntax | undefined = quick;
    if (!syntax) {
      // Where the syntax is wrong, the compiler says it best.
      const { syntactic } = await check(draftFiles.ts, code, []);
      const errors = toErrors(syntactic, code);
      const parsed =
        code.length > maxOxcLength || errors.length === 0 ? await slowSyntax().parse(code) : undefined;
      if (errors.length > 0 && !parsed?.jsx) return { ok: false, errors };
      syntax = parsed!;
    }
    const draft = syntax.jsx ? draftFiles.tsx : draftFiles.ts;
    let early: ReturnType<typeof toJavaScript> | undefined;
    const { syntactic, semantic } = await check(draft, code, syntax.declarations, () => {
      // While the compiler checks the types: what the cell becomes seldom depends on them.
      early = quick && transpileEarly(code, quick);
    });
    const inCode = semantic.filter(({ pos }) => pos <= code.length);
    const errors = nameEarlierCells(toErrors(syntactic.length > 0 ? syntactic : inCode, code), scope.find);
    if (errors.length > 0) return { ok: false, errors };
    const { js, maps, names } = early ?? (await transpile(code, syntax, quick, draft));
    for (const declared of names) runtimeNames.add(declared);
    if (syntax.specifiers.some((specifier) => specifier.startsWith("."))) await project.watchLocalModules();
    keep(code, syntax);
    return { ok: true, js, maps };
  };
  /** The JavaScript of most cells; undefined where types have to be known first, or the compiler has to say what is wrong. */
  const transpileEarly = (code: string, syntax: OxcSyntax): ReturnType<typeof toJavaScript> | undefined => {
    if (syntax.needsLowering || syntax.namedImports.length > 0) return undefined;
    try {
      return toJavaScript(transpileWithOxc(code, syntax.jsx), syntax);
    } catch {
      return undefined;
    }
  };
  const toJavaScript = (
    emitted: TranspiledCell,
    syntax: CellSyntax,
  ): { js: string; maps: string[]; names: string[] } => {
    const { js, map, names } = transformCell(emitted.js, runtimeNames, syntax);
    return { js, maps: [map, emitted.map], names };
  };
  const transpile = async (code: string, syntax: CellSyntax, quick: OxcSyntax | undefined, draft: string) => {
    const withoutTypes = await blankTypeImports(project, draft, code, syntax.namedImports);
    const needsLowering = !quick || quick.needsLowering;
    const emitted = needsLowering
      ? await slowSyntax().transpile(withoutTypes, syntax.jsx)
      : transpileWithOxc(withoutTypes, syntax.jsx);
    return toJavaScript(emitted, syntax);
  };
  /** Makes what the cell declares visible; the compiler reads it with the next cell that needs it, or when nothing comes. */
  const keep = (code: string, syntax: CellSyntax): void => {
    if (syntax.declarations.length === 0 && !syntax.augments) return;
    count += 1;
    const file = `cell-${count}.${syntax.jsx ? "tsx" : "ts"}`;
    kept.push([file, `${code}\n${scope.moduleLines(code, syntax.declarations)}`]);
    scope.add(file, syntax);
    clearTimeout(idle);
    idle = setTimeout(() => void inTurn(catchUp).catch(() => undefined), idleMs);
  };
  const catchUp = async (): Promise<void> => {
    await completer.prepare(draftFiles.ts);
    if (kept.length === 0) return;
    writeScope();
    await project.update();
  };
  /** Opens a draft of code that is being written, in which its own declarations hide those of earlier cells. */
  const openDraft = async (
    code: string,
  ): Promise<{ draft: string; offset: number; declared: readonly Declaration[] }> => {
    const syntax = code.length <= maxOxcLength ? parseWithOxc(code) : undefined;
    // Code that is being written seldom parses; closing tags tell JSX from a type assertion.
    const draft = (syntax?.jsx ?? /<\/|\/>/.test(code)) ? draftFiles.tsx : draftFiles.ts;
    const declared = syntax?.declarations ?? (await declaredUnfinished(draft, code));
    return { draft, declared, offset: await openUnfinished(draft, code, declared) };
  };
  /** What code declares that Oxc gives up on, by the compiler, which does not; most such code declares nothing. */
  const declaredUnfinished = async (draft: string, code: string): Promise<Declaration[]> => {
    if (!declaringWord.test(code) || !scope.sharesName(code)) return [];
    const hidden = `${scopeLine([])} ${exportPlace}\n`;
    await write(draft, hidden + code);
    const own = await completer.ownNames(draft, hidden.length);
    return own.map((one) => ({ ...one, importText: undefined, exported: false }));
  };

  idle = setTimeout(() => {
    void inTurn(catchUp).catch(() => undefined);
    void removeOrphanedFolders().catch(() => undefined);
  }, firstIdleMs);

  return {
    compile: ({ code, name }) =>
      inTurn(async () => {
        try {
          return await compileCell({ code: code.replace(/^\uFEFF/, ""), name });
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          const message = "The code is too deeply nested to be compiled.";
          return { ok: false, errors: [{ code: 0, message, line: 1, column: 1, length: 1 }] };
        }
      }),
    complete: (code, position) =>
      inTurn(async (): Promise<Completions> => {
        await completer.prepare(draftFiles.ts);
        const { draft, offset } = await openDraft(code);
        return completer.at(draft, code, position, offset);
      }),
    inspect: (code, position) =>
      inTurn(async () => {
        const { draft, offset, declared } = await openDraft(code);
        // At the end of a name, and inside a call's opening parenthesis, the name before the cursor is meant.
        const keywordOf = (name: string): "const" | "let" | undefined => {
          const declaration = declared.find((one) => one.name === name) ?? scope.find(name);
          return declaration && (declaration.mutable ? "let" : "const");
        };
        for (const at of [position, position - 1]) {
          const found = isNameAt(code, at)
            ? await inspectAt(project, draft, offset + at, keywordOf)
            : undefined;
          if (found) return found;
        }
        return undefined;
      }),
    async preview(code) {
      if (code.length > maxOxcLength) return slowSyntax().preview(code);
      const quick = parseWithOxc(code);
      if (!quick) return undefined;
      if (quick.needsLowering) return slowSyntax().preview(code);
      const makeModule = () => ({ emitted: transpileWithOxc(code, quick.jsx), syntax: quick });
      return previewCell(makeModule, runtimeNames);
    },
    isComplete: (code) =>
      code.length <= maxOxcLength ? Promise.resolve(isCompleteByOxc(code)) : slowSyntax().isComplete(code),
    stripTypes: (code) =>
      code.length <= maxOxcLength ? Promise.resolve(stripTypesWithOxc(code)) : slowSyntax().stripTypes(code),
    setFolder: (moved) =>
      inTurn(() => {
        project.moveTo(moved);
        return project.update();
      }),
    reset: () =>
      inTurn(() => {
        runtimeNames = new Set();
        kept.length = 0;
        scope.clear();
        project.moveTo();
        writeScope();
        return project.update();
      }),
    interrupt() {
      if (asked === answered) return;
      const before = answered;
      setTimeout(() => {
        if (answered === before) project.abandon();
      }, patienceMs).unref();
    },
    async close() {
      clearTimeout(idle);
      project.close();
      await slow?.close();
    },
  };
}

function isNameAt(code: string, position: number): boolean {
  return position >= 0 && /^[\p{ID_Continue}$]/u.test(code.slice(position, position + 2));
}
