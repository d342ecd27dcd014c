/** The module through which a draft sees what earlier cells declared. */
import type { CellSyntax } from "../cell-syntax.ts";
import { exportLine, mayUse, visibilityLine } from "../declaration-lines.ts";
import type { Declaration } from "../declaration-lines.ts";
import { scopeFile } from "./cell-folder.ts";

/** What is visible, and the hidden lines that make it so. */
export interface ScopeModule {
  /** The module's text with all that was added. */
  text(): string;
  /** Whether a draft of this code needs what was added since the text was last asked for. */
  isBehind(code: string, declared: readonly Declaration[]): boolean;
  /** The line to put behind a draft, or in front of one. */
  draftLines(code: string, declared: readonly Declaration[], everything: boolean): string;
  /** The lines to put behind a cell that later ones import; they name the modules of the present. */
  moduleLines(code: string, declared: readonly Declaration[]): string;
  /** Makes the declarations of a cell, kept as `file`, the newest of their names. */
  add(file: string, syntax: CellSyntax): void;
  /** Whether a name of an earlier cell stands in the code. */
  sharesName(code: string): boolean;
  /** The newest declaration of a name. */
  readonly find: (name: string) => Declaration | undefined;
  clear(): void;
}

/** The hidden name of what the module exports; it is no name that a person would choose. */
export const hiddenName = "$residency_scope";

/**
 * Brings names of the module into a draft. The module is named in the same two ways whatever the names are, since the
 * compiler keeps its program where the imports of a file are the same as before: 1 ms instead of 3.
 */
export function scopeLine(imported: readonly string[]): string {
  const names = imported.join(", ");
  return `import { ${names} } from "./${scopeFile}"; type ${hiddenName} = typeof import("./${scopeFile}");`;
}

/** An empty scope. */
export function createScopeModule(): ScopeModule {
  const visible = new Map<string, { declaration: Declaration; specifier: string }>();
  const augmenting = new Set<string>();
  const added = new Set<string>();
  let augmented = false;

  const needed = (code: string, declared: readonly Declaration[], everything: boolean) => {
    const isNeeded = mayUse(code, declared, everything);
    return [...visible.values()].filter(({ declaration }) => isNeeded(declaration));
  };

  return {
    text() {
      added.clear();
      augmented = false;
      const lines = [...visible.values()].map(({ declaration: { name, importText }, specifier }) =>
        importText === undefined
          ? `export { ${name} } from ${JSON.stringify(specifier)};`
          : `${importText} export { ${name} };`,
      );
      const effects = [...augmenting].map((specifier) => `import ${JSON.stringify(specifier)};`);
      return [...lines, ...effects, "export {};"].join("\n");
    },
    isBehind: (code, declared) =>
      augmented || needed(code, declared, false).some(({ declaration: { name } }) => added.has(name)),
    draftLines(code, declared, everything) {
      const found = needed(code, declared, everything).map(({ declaration }) => declaration);
      const isVariable = ({ mutable, importText }: Declaration): boolean =>
        mutable && importText === undefined;
      const imports = found.filter((one) => !isVariable(one)).map(({ name }) => name);
      // An import cannot be assigned to, a variable of the same type can. `typeof` an imported variable would be its type at
      // this place, behind the cell, for which each call of its methods matters: a circle, and nothing would be checked.
      const variables = found
        .filter(isVariable)
        .map(({ name }) => ` declare let ${name}: ${hiddenName}["${name}"];`);
      return `${scopeLine(imports)}${variables.join("")}`;
    },
    moduleLines(code, declared) {
      const lines = needed(code, declared, false).map(({ declaration, specifier }) =>
        visibilityLine(declaration, specifier),
      );
      return [...lines, exportLine(declared)].join("\n");
    },
    add(file, { declarations, augments }) {
      const specifier = `./${file}`;
      for (const declaration of declarations) {
        visible.set(declaration.name, { declaration, specifier });
        added.add(declaration.name);
      }
      if (augments) augmenting.add(specifier);
      augmented ||= augments;
    },
    sharesName: (code) => needed(code, [], false).length > 0,
    find: (name) => visible.get(name)?.declaration,
    clear() {
      visible.clear();
      augmenting.clear();
    },
  };
}
