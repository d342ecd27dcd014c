/** Variables of the Debug Adapter Protocol: numbers that stand for objects of the executor, and their children. */
import type { Runtime } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { KernelError } from "../errors.ts";
import type { InspectorConnection } from "./inspector-connection.ts";
import { valueText } from "./variable-text.ts";

/** Objects that the inspector keeps alive while a pause lasts. */
export const pausedGroup = "residency.paused";

/** Objects that it keeps alive until a client lists the notebook's variables again. */
export const inspectedGroup = "residency.inspected";

/** Children of one node, so that no client has to draw a million of them. */
const pageSize = 100;

/** A named value whose children can be asked for. */
export interface NamedValue {
  name: string;
  value: Runtime.RemoteObject;
  /** An expression that gives the value in the frame. */
  evaluateName?: string | undefined;
}

/** Something with children. */
export type VariableNode =
  | { kind: "object"; object: Runtime.RemoteObject; path: string | undefined }
  | { kind: "range"; object: Runtime.RemoteObject; path: string | undefined; start: number; count: number }
  | { kind: "getter"; objectId: string; property: string }
  /** A scope, whose variables are fetched when it is opened. */
  | { kind: "scope"; frame: number | undefined; fetch: () => Promise<NamedValue[]> };

/** Which children a client asks for. */
export interface VariablesPage {
  start: number;
  /** 0 means all of them. */
  count: number;
  filter: "indexed" | "named" | undefined;
}

/** The variables of one pause. */
export interface Variables {
  /** A number for a node. */
  add(node: VariableNode): number;
  /** A value as a variable; its number is 0 when it has no children. */
  toVariable: (named: NamedValue) => DebugProtocol.Variable;
  /** The same for a value that has no name. */
  toResult: (value: Runtime.RemoteObject, evaluateName?: string) => VariableResult;
  /**
   * The children of a node.
   *
   * @throws KernelError E_DEBUG when the number is of an earlier pause.
   */
  children(reference: number, page: VariablesPage): Promise<DebugProtocol.Variable[]>;
  has(reference: number): boolean;
  node(reference: number): VariableNode;
  /** Forgets all numbers, which are never given again. */
  clear(): void;
}

/** The number of elements of a list, map or set. */
function indexedCount({ subtype, description = "" }: Runtime.RemoteObject): number | undefined {
  if (subtype === undefined || !["array", "typedarray", "map", "set"].includes(subtype)) return undefined;
  const length = /\((\d+)\)$/.exec(description)?.[1];
  return length === undefined ? undefined : Number(length);
}

const isEntries = ({ subtype }: Runtime.RemoteObject): boolean => subtype === "map" || subtype === "set";

/** A value without a name. */
export type VariableResult = Pick<
  DebugProtocol.Variable,
  "value" | "type" | "variablesReference" | "indexedVariables"
>;

/** What variables work with. */
export interface VariablesOptions {
  connection: InspectorConnection;
  /** The group of the objects that are made on the way. */
  group: string;
  /** Whether the client shows types beside values and not instead of them. */
  withTypes: boolean;
  /** A number that no other list of variables gives. */
  nextReference: () => number;
}

/** An empty list of variables. */
export function createVariables({
  connection,
  group,
  withTypes,
  nextReference,
}: VariablesOptions): Variables {
  const nodes = new Map<number, VariableNode>();

  const add: Variables["add"] = (node) => {
    const reference = nextReference();
    nodes.set(reference, node);
    return reference;
  };
  const toResult: Variables["toResult"] = (value, evaluateName) => {
    const indexed = indexedCount(value);
    const hasChildren = value.objectId !== undefined;
    return {
      value: valueText(value),
      variablesReference: hasChildren ? add({ kind: "object", object: value, path: evaluateName }) : 0,
      ...(withTypes ? { type: value.className ?? value.subtype ?? value.type } : {}),
      ...(indexed === undefined ? {} : { indexedVariables: indexed }),
    };
  };
  const toVariable: Variables["toVariable"] = ({ name, value, evaluateName }) => ({
    name,
    ...toResult(value, evaluateName),
    ...(evaluateName === undefined ? {} : { evaluateName }),
  });
  const node: Variables["node"] = (reference) => {
    const found = nodes.get(reference);
    if (found) return found;
    const message = `Cannot show the variables ${reference}: the cell has gone on since. Ask for the scopes again.`;
    throw new KernelError("E_DEBUG", message);
  };
  const call = async (objectId: string, functionDeclaration: string, args: unknown[]): Promise<string> => {
    const { result, exceptionDetails } = await connection.post("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration,
      arguments: args.map((value) => ({ value })),
      objectGroup: group,
      silent: true,
    });
    if (result.objectId === undefined || exceptionDetails) {
      throw new KernelError(
        "E_DEBUG",
        `Cannot read the value: ${exceptionDetails?.exception?.description ?? "it is gone"}`,
      );
    }
    return result.objectId;
  };
  const properties = (objectId: string, own = {}): Promise<Properties> =>
    connection.post("Runtime.getProperties", {
      objectId,
      ownProperties: true,
      generatePreview: true,
      ...own,
    });
  const elements = async (
    { object, path }: { object: Runtime.RemoteObject; path: string | undefined },
    start: number,
    length: number,
  ): Promise<DebugProtocol.Variable[]> => {
    const source = isEntries(object) ? takeEntries : takeElements;
    const taken = await properties(await call(object.objectId ?? "", source, [start, length]));
    const values = taken.result
      .filter(({ name }) => /^\d+$/.test(name))
      .map(({ value }) => value ?? { type: "undefined" });
    if (object.subtype === "map") {
      return values.flatMap((key, at) => {
        const value = values[at + 1];
        return at % 2 === 0 && value ? [toVariable({ name: valueText(key), value })] : [];
      });
    }
    return values.map((value, at) => {
      const name = String(start + at);
      const evaluateName = path === undefined || isEntries(object) ? undefined : `${path}[${name}]`;
      return toVariable({ name, value, evaluateName });
    });
  };
  const ranges = (
    of: { object: Runtime.RemoteObject; path: string | undefined },
    start: number,
    length: number,
  ): DebugProtocol.Variable[] => {
    let size = pageSize;
    while (length / size > pageSize) size *= pageSize;
    const parts = Math.ceil(length / size);
    return Array.from({ length: parts }, (_, part) => {
      const first = start + part * size;
      const within = Math.min(size, start + length - first);
      const name = `[${first} … ${first + within - 1}]`;
      const variablesReference = add({ kind: "range", ...of, start: first, count: within });
      return {
        name,
        value: "",
        variablesReference,
        indexedVariables: within,
        presentationHint: { kind: "virtual" },
      };
    });
  };
  const named = async (
    { object, path }: { object: Runtime.RemoteObject; path: string | undefined },
    indexed: boolean,
  ): Promise<DebugProtocol.Variable[]> => {
    const { objectId = "" } = object;
    const found = await properties(objectId, { nonIndexedPropertiesOnly: indexed });
    const listed = found.result.map((property): DebugProtocol.Variable => {
      const { name, value, get, symbol } = property;
      const evaluateName = symbol || path === undefined ? undefined : memberExpression(path, name);
      if (value) return toVariable({ name, value, evaluateName });
      const readable = get !== undefined && get.type !== "undefined" && !symbol;
      const variablesReference = readable ? add({ kind: "getter", objectId, property: name }) : 0;
      const presentationHint = readable ? { lazy: true } : {};
      return { name, value: get ? "(getter)" : "(setter)", variablesReference, presentationHint };
    });
    const hidden = (found.privateProperties ?? []).flatMap(({ name, value }) =>
      value ? [{ name, value }] : [],
    );
    const internal = (found.internalProperties ?? []).flatMap(({ name, value }) =>
      value && isTelling(name, value, object) ? [{ name, value }] : [],
    );
    return [...listed, ...hidden.map(toVariable), ...internal.map(toVariable)];
  };

  return {
    add,
    toVariable,
    toResult,
    has: (reference) => nodes.has(reference),
    node,
    async children(reference, { start, count: wanted, filter }) {
      const parent = node(reference);
      if (parent.kind === "scope") {
        const all = (await parent.fetch()).map(toVariable);
        return wanted > 0 ? all.slice(start, start + wanted) : all.slice(start);
      }
      if (parent.kind === "getter") {
        const got = await connection.post("Runtime.callFunctionOn", {
          objectId: parent.objectId,
          functionDeclaration: "function (name) { return this[name]; }",
          arguments: [{ value: parent.property }],
          objectGroup: group,
          generatePreview: true,
          silent: true,
        });
        return [toVariable({ name: "value", value: got.exceptionDetails?.exception ?? got.result })];
      }
      const total = parent.kind === "range" ? parent.count : indexedCount(parent.object);
      const offset = parent.kind === "range" ? parent.start : 0;
      if (total === undefined) {
        const all = filter === "indexed" ? [] : await named(parent, false);
        return wanted > 0 ? all.slice(start, start + wanted) : all.slice(start);
      }
      const length = Math.max(0, Math.min(wanted > 0 ? wanted : Infinity, total - start));
      const list =
        filter === "named"
          ? []
          : wanted > 0 || length <= pageSize
            ? await elements(parent, offset + start, length)
            : ranges(parent, offset + start, length);
      if (filter === "indexed" || parent.kind === "range" || wanted > 0) return list;
      return [...list, ...(await named(parent, true))];
    },
    clear: () => nodes.clear(),
  };
}

type Properties = Awaited<ReturnType<InspectorConnection["post"]>> & {
  result: Runtime.PropertyDescriptor[];
  internalProperties?: Runtime.InternalPropertyDescriptor[] | undefined;
  privateProperties?: { name: string; value?: Runtime.RemoteObject }[];
};

const takeElements = `function (start, count) {
  const end = Math.min(start + count, this.length);
  return Array.from({ length: Math.max(0, end - start) }, (_, at) => this[start + at]);
}`;

const takeEntries = `function (start, count) {
  const entries = [...(this instanceof Map ? Map : Set).prototype.entries.call(this)].slice(start, start + count);
  return this instanceof Map ? entries.flat(1) : entries.map(([value]) => value);
}`;

/** What the inspector adds to an object, unless it says the same of every object of the kind. */
function isTelling(name: string, value: Runtime.RemoteObject, object: Runtime.RemoteObject): boolean {
  if (name !== "[[Prototype]]") return /^\[\[(?:Promise|Target|Handler|Bound|PrimitiveValue)/.test(name);
  return (
    object.type === "object" && !object.subtype && object.className !== "Object" && value.subtype !== "null"
  );
}

function memberExpression(path: string, name: string): string {
  return /^[\p{ID_Start}$_#][\p{ID_Continue}$]*$/u.test(name)
    ? `${path}.${name}`
    : `${path}[${JSON.stringify(name)}]`;
}
