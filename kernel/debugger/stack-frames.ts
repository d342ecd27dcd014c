/** Frames of the paused thread in the lines of cells; those of the kernel and of Node are hidden. */
import type { Debugger } from "node:inspector";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { scriptName } from "../executor/messages.ts";
import type { CellSources } from "./cell-sources.ts";

/** Addresses of scripts by the inspector's id. */
export type Scripts = ReadonlyMap<string, string>;

const kernelFolder = new URL("../", import.meta.url).href;
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Scripts in which nobody wants to stop, as regular expressions for the inspector. */
export const hiddenScripts = ["^node:", `^${escaped(kernelFolder)}`];

/** The function that a cell becomes begins here, in the first line of its script. */
const cellFunctionColumn = "(async function ".length;

const cellAddress = new RegExp(`^${scriptName(0).replace("0", "(\\d+)")}$`);

/** The number of the cell that a script belongs to. */
export function cellOfScript(address: string | undefined): number | undefined {
  const number = cellAddress.exec(address ?? "")?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Whether a script is neither of Node nor of the kernel. */
export function isVisibleScript(address: string | undefined): boolean {
  if (address === undefined || address === "") return false;
  return !address.startsWith("node:") && !address.startsWith(kernelFolder);
}

/** Whether a frame is the body of a cell and not of a function in it. */
export function isCellBody(frame: Debugger.CallFrame, scripts: Scripts): boolean {
  const { functionLocation: begin, functionName, location } = frame;
  if (cellOfScript(scripts.get(location.scriptId)) === undefined || functionName !== "") return false;
  return begin?.lineNumber === 0 && (begin.columnNumber ?? 0) <= cellFunctionColumn;
}

/** A frame as the protocol has it, or undefined when it is hidden. */
export function toStackFrame(
  frame: Debugger.CallFrame,
  id: number,
  scripts: Scripts,
  sources: CellSources,
): DebugProtocol.StackFrame | undefined {
  const { lineNumber, columnNumber = 0, scriptId } = frame.location;
  const address = scripts.get(scriptId);
  if (!isVisibleScript(address) || address === undefined) return undefined;
  const number = cellOfScript(address);
  if (number === undefined) {
    const place = { line: lineNumber + 1, column: columnNumber + 1 };
    return { id, name: frame.functionName || "(anonymous)", ...place, source: fileSource(address) };
  }
  const cell = sources.find(number);
  const place = cell?.positions.toCell({ lineNumber, columnNumber });
  if (!cell || !place) return undefined;
  const name = isCellBody(frame, scripts) ? cell.name : frame.functionName || "(anonymous)";
  return { id, name, ...place, source: { name: cell.name, path: cell.path } };
}

/** A script of a package or of the notebook's folder as a source. */
export function fileSource(address: string): DebugProtocol.Source {
  const file = address.startsWith("file:") ? fileURLToPath(address) : address;
  return { name: path.basename(file), path: file };
}
