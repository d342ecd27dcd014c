/** The promises of the cell language's interface are tested for every implementation of it. */
import assert from "node:assert/strict";
import vm from "node:vm";
import { findNativeCompiler, startCellLanguage, startWorkerLanguage } from "../../kernel/language/index.ts";
import type { CellDiagnostic, CellLanguage } from "../../kernel/language/index.ts";
import { repositoryRoot } from "../support/paths.ts";

/** What the tests of one implementation work with. */
export interface LanguageTools {
  /** Starts another one, in a folder. */
  start: (folder: string) => CellLanguage;
  language: () => CellLanguage;
  /** What is wrong with a cell. */
  errors: (code: string) => Promise<CellDiagnostic[]>;
  /** Compiles cells, none of which may be wrong. */
  accepts: (...cells: string[]) => Promise<void>;
  /** Compiles cells from the start and runs them over one scope; gives the last result. */
  runCells: (...cells: string[]) => Promise<unknown>;
  /** A slow implementation is asked one in so many of many questions. */
  oneIn: number;
}

function testCellLanguage(
  name: string,
  start: (folder: string) => CellLanguage,
  { oneIn, test }: { oneIn: number; test: (tools: LanguageTools) => void },
): void {
  describe(name, function () {
    this.timeout(60_000);
    let language: CellLanguage;
    before(() => (language = start(repositoryRoot)));
    beforeEach(() => language.reset());
    after(() => language.close());

    const errors = async (code: string): Promise<CellDiagnostic[]> => {
      const result = await language.compile({ code, name: "cell" });
      return result.ok ? [] : result.errors;
    };
    const accepts = async (...cells: string[]): Promise<void> => {
      for (const code of cells) assert.deepEqual(await errors(code), [], code);
    };

    /** Compiles cells from the start and runs them over one scope; gives the last result. */
    const runCells = async (...cells: string[]): Promise<unknown> => {
      await language.reset();
      const scope = Object.create(null) as Record<string, unknown>;
      let result: { value: unknown } | undefined;
      for (const code of cells) {
        const compiled = await language.compile({ code, name: "cell" });
        assert.ok(compiled.ok, `${code}: ${JSON.stringify(compiled)}`);
        const cell = new vm.Script(compiled.js).runInThisContext() as (
          scope: object,
        ) => Promise<{ value: unknown } | undefined>;
        result = await cell(scope);
      }
      return result?.value;
    };

    test({ start, language: () => language, errors, accepts, runCells, oneIn });
  });
}

/** Runs tests with the native compiler in a process of its own, and with the compiler in a worker. */
export function testCellLanguages(test: (tools: LanguageTools) => void): void {
  assert.ok(findNativeCompiler(), "npm has a native TypeScript compiler for this platform");
  testCellLanguage("startCellLanguage() with the native compiler", startCellLanguage, { oneIn: 1, test });
  const startWorker = (folder: string): CellLanguage => startWorkerLanguage(folder, true);
  testCellLanguage("startWorkerLanguage()", startWorker, { oneIn: 7, test });
}
