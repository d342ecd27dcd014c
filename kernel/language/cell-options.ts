/** The compiler options of every cell, as tsconfig.json spells them. */

/** Options that cells start from; the notebook folder's tsconfig.json may change them. */
export const defaultCellOptions = {
  target: "esnext",
  lib: ["esnext"],
  strict: true,
  jsx: "react",
  allowUnreachableCode: true,
  allowUnusedLabels: true,
} as const;

/** Options that cells need as they are: how modules are found, and that nothing is written. */
export const fixedCellOptions = {
  module: "esnext",
  moduleResolution: "bundler",
  moduleDetection: "force",
  noEmit: true,
  allowImportingTsExtensions: true,
  esModuleInterop: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  types: ["node"],
  // What a cell declares is for later cells.
  noUnusedLocals: false,
  noUnusedParameters: false,
  composite: false,
  incremental: false,
  isolatedDeclarations: false,
  declaration: false,
  verbatimModuleSyntax: false,
  isolatedModules: false,
  erasableSyntaxOnly: false,
} as const;

/** Diagnostics that would be wrong for a cell. */
export const ignoredDiagnostics: ReadonlySet<number> = new Set([
  7016, // A package without types is usable all the same.
  7026, // JSX may be of any kind when no types say which.
  7034, // `let x;` gets its type where a later cell assigns it.
  7005,
]);
