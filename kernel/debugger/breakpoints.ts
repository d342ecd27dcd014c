/** Breakpoints in cells: kept by file name, set in the script of each cell with that code, before it runs. */
import type { Debugger } from "node:inspector";
import { pathToFileURL } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { scriptName } from "../executor/messages.ts";
import type { ScriptPlace } from "./break-places.ts";
import { isCellPath } from "./cell-sources.ts";
import type { CellSources } from "./cell-sources.ts";
import type { InspectorConnection } from "./inspector-connection.ts";
import { cellOfScript } from "./stack-frames.ts";
import type { Scripts } from "./stack-frames.ts";

/** What a client asks for at one line. */
export interface RequestedBreakpoint {
  line: number;
  condition: string | undefined;
  /** Stop at this hit and all later ones. */
  hitCount: number | undefined;
}

/** A breakpoint that is kept. */
export interface Breakpoint extends RequestedBreakpoint {
  readonly id: number;
  /** How often it has been met. */
  hits: number;
  verified: boolean;
}

/** The breakpoints of one debugging session. */
export interface Breakpoints {
  /** Replaces the breakpoints of a file. */
  set(path: string, requested: readonly RequestedBreakpoint[]): Promise<DebugProtocol.Breakpoint[]>;
  /** Sets what is kept for a cell's code in its script, which has not been loaded yet. */
  prepare(cell: number): Promise<void>;
  /** Takes the place where the inspector really put a breakpoint; gives it when that is news. */
  resolve(inspectorId: string, place: Debugger.Location): DebugProtocol.Breakpoint | undefined;
  find(inspectorId: string): Breakpoint | undefined;
  /** All files with breakpoints. */
  list(): { source: string; breakpoints: { line: number }[] }[];
}

interface ScriptAddress extends Partial<ScriptPlace> {
  url: string;
  lineNumber: number;
}

interface Placed {
  path: string;
  breakpoint: Breakpoint;
}

/** No breakpoints yet, for one connection. */
export function createBreakpoints(
  connection: InspectorConnection,
  sources: CellSources,
  scripts: Scripts,
): Breakpoints {
  const byPath = new Map<string, Breakpoint[]>();
  const byInspectorId = new Map<string, Placed>();
  let count = 0;

  const describe = (path: string, { id, line, verified }: Breakpoint): DebugProtocol.Breakpoint => ({
    id,
    line,
    verified,
    source: { path },
    ...(verified ? {} : { message: "The breakpoint is set when the code is loaded." }),
  });
  const place = async (path: string, breakpoint: Breakpoint, at: ScriptAddress): Promise<void> => {
    const { breakpointId, locations } = await connection.post("Debugger.setBreakpointByUrl", at);
    byInspectorId.set(breakpointId, { path, breakpoint });
    for (const found of locations) take(breakpointId, found);
  };
  /** The inspector refuses two breakpoints at one place, so lines that mean the same one are one. */
  const placeAll = async (path: string, find: (line: number) => ScriptAddress | undefined): Promise<void> => {
    const taken = new Set<string>();
    for (const breakpoint of byPath.get(path) ?? []) {
      const at = find(breakpoint.line);
      const key = JSON.stringify(at);
      if (!at || taken.has(key)) continue;
      taken.add(key);
      await place(path, breakpoint, at);
    }
  };
  const placeInCell = (path: string, cell: number): Promise<void> =>
    placeAll(path, (line) => {
      const stop = sources.find(cell)?.positions.toScript(line);
      return stop && { url: scriptName(cell), ...stop.script };
    });
  /** In a cell that has not run yet, a line without a statement means the next one that has one. */
  const moveToStatements = async (path: string, kept: readonly Breakpoint[]): Promise<void> => {
    const positions = await sources.expected(path);
    for (const breakpoint of kept) {
      breakpoint.line = positions?.toScript(breakpoint.line)?.line ?? breakpoint.line;
    }
  };
  /** Files that cells import have no source map: their lines are those of the script. */
  const placeInFile = (path: string): Promise<void> =>
    placeAll(path, (line) => ({ url: pathToFileURL(path).href, lineNumber: Math.max(0, line - 1) }));
  const lineOf = ({ scriptId, lineNumber, columnNumber = 0 }: Debugger.Location): number | undefined => {
    const cell = cellOfScript(scripts.get(scriptId));
    if (cell === undefined) return lineNumber + 1;
    return sources.find(cell)?.positions.toCell({ lineNumber, columnNumber })?.line;
  };
  const take: Breakpoints["resolve"] = (inspectorId, location) => {
    const placed = byInspectorId.get(inspectorId);
    const line = lineOf(location);
    if (!placed || line === undefined) return undefined;
    const { breakpoint, path } = placed;
    if (breakpoint.verified && breakpoint.line === line) return undefined;
    Object.assign(breakpoint, { verified: true, line });
    return describe(path, breakpoint);
  };

  return {
    async set(path, requested) {
      for (const [inspectorId, placed] of byInspectorId) {
        if (placed.path !== path) continue;
        byInspectorId.delete(inspectorId);
        await connection.post("Debugger.removeBreakpoint", { breakpointId: inspectorId });
      }
      const kept = requested.map((one): Breakpoint => {
        count += 1;
        return { ...one, id: count, hits: 0, verified: false };
      });
      if (kept.length > 0) byPath.set(path, kept);
      else byPath.delete(path);
      const cells = sources.cellsAt(path);
      for (const cell of cells) await placeInCell(path, cell);
      if (!isCellPath(path)) await placeInFile(path);
      else if (cells.length === 0) await moveToStatements(path, kept);
      return kept.map((breakpoint) => describe(path, breakpoint));
    },
    async prepare(cell) {
      const path = sources.find(cell)?.path;
      if (path !== undefined) await placeInCell(path, cell);
    },
    resolve: take,
    find: (inspectorId) => byInspectorId.get(inspectorId)?.breakpoint,
    list: () =>
      [...byPath].map(([source, kept]) => ({ source, breakpoints: kept.map(({ line }) => ({ line })) })),
  };
}
