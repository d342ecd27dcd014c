/** Breakpoints in cells: kept by file name, set in the script of each cell with that code, before it runs. */
import type { Debugger } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { scriptName } from "../executor/messages.ts";
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
    ...(verified ? {} : { message: "The breakpoint is set when the cell runs." }),
  });
  const place = async (path: string, breakpoint: Breakpoint, cell: number): Promise<void> => {
    const source = sources.find(cell);
    const stop = source?.positions.toScript(breakpoint.line);
    if (!stop) return;
    const location = { url: scriptName(cell), ...stop.script };
    const { breakpointId, locations } = await connection.post("Debugger.setBreakpointByUrl", location);
    byInspectorId.set(breakpointId, { path, breakpoint });
    for (const found of locations) take(breakpointId, found);
  };
  /** The inspector refuses two breakpoints at one place, so lines that mean the same one are one. */
  const placeAll = async (path: string, cell: number): Promise<void> => {
    const taken = new Set<number>();
    for (const breakpoint of byPath.get(path) ?? []) {
      const line = sources.find(cell)?.positions.toScript(breakpoint.line)?.line;
      if (line === undefined || taken.has(line)) continue;
      taken.add(line);
      await place(path, breakpoint, cell);
    }
  };
  const take: Breakpoints["resolve"] = (inspectorId, { scriptId, lineNumber, columnNumber = 0 }) => {
    const placed = byInspectorId.get(inspectorId);
    const cell = cellOfScript(scripts.get(scriptId));
    const found =
      cell === undefined ? undefined : sources.find(cell)?.positions.toCell({ lineNumber, columnNumber });
    if (!placed || !found) return undefined;
    const { breakpoint, path } = placed;
    if (breakpoint.verified && breakpoint.line === found.line) return undefined;
    Object.assign(breakpoint, { verified: true, line: found.line });
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
      for (const cell of sources.cellsAt(path)) await placeAll(path, cell);
      return kept.map((breakpoint) => describe(path, breakpoint));
    },
    async prepare(cell) {
      const path = sources.find(cell)?.path;
      if (path !== undefined) await placeAll(path, cell);
    },
    resolve: take,
    find: (inspectorId) => byInspectorId.get(inspectorId)?.breakpoint,
    list: () =>
      [...byPath].map(([source, kept]) => ({ source, breakpoints: kept.map(({ line }) => ({ line })) })),
  };
}
