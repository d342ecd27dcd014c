/** The object that holds every top-level name of the notebook. */

/** Values by name. */
export type CellScope = Record<string, unknown>;

/** An empty scope; `constructor` and the like are no names of it. */
export function createCellScope(): CellScope {
  return Object.create(null) as CellScope;
}

/** Makes a name on the scope follow an export of a module; declaring the name anew replaces it. */
export function bindImport(
  scope: CellScope,
  local: string,
  namespace: Record<string, unknown>,
  exported: string,
): void {
  Object.defineProperty(scope, local, {
    configurable: true,
    enumerable: true,
    get: () => readExport(namespace, exported),
    set(value: unknown) {
      Object.defineProperty(scope, local, { value, configurable: true, enumerable: true, writable: true });
    },
  });
}

/** CommonJS modules have names that Node finds on `default` only. */
function readExport(namespace: Record<string, unknown>, exported: string): unknown {
  if (exported === "*") return namespace;
  if (exported in namespace) return namespace[exported];
  const fallback: unknown = namespace["default"];
  if ((typeof fallback !== "object" && typeof fallback !== "function") || fallback === null) return undefined;
  return (fallback as Record<string, unknown>)[exported];
}
