/** What a cell declares, and the hidden lines that make it visible to another cell. */

/** A name that a cell declares. */
export interface Declaration {
  name: string;
  /** Later cells may assign to it. */
  mutable: boolean;
  /** The import statement to state again, for names that an import brought. */
  importText: string | undefined;
  /** Whether the cell exports it by itself. */
  exported: boolean;
}

/** The line that exports what a cell declares; it also makes the cell a module. */
export function exportLine(declarations: Iterable<Declaration>): string {
  const names = [...declarations].filter((one) => !one.exported && one.importText === undefined);
  return `export { ${names.map((one) => one.name).join(", ")} };`;
}

/** The line that brings a name of an earlier cell, which is the module `specifier`, into a later one. */
export function visibilityLine(declaration: Declaration, specifier: string): string {
  const { name, importText, mutable } = declaration;
  if (importText !== undefined) return importText;
  // An import cannot be assigned to, a variable of the same type can.
  if (mutable) return `declare let ${name}: typeof import(${JSON.stringify(specifier)}).${name};`;
  return `import { ${name} } from ${JSON.stringify(specifier)};`;
}

/** Declarations that a cell may refer to, going by the words in its code; its own come first. */
export function mayUse(
  code: string,
  own: readonly Declaration[],
  everything: boolean,
): (declaration: Declaration) => boolean {
  const declared = new Set(own.map(({ name }) => name));
  // JSX calls `React.createElement` without naming it.
  const words = new Set(["React", ...(code.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [])]);
  return ({ name }) => !declared.has(name) && (everything || words.has(name));
}
