/** Cells as files: front ends know a cell by a name that is made of a hash of its code. */
import os from "node:os";
import path from "node:path";
import type { DebugHost, DebuggedCell } from "./debug-host.ts";
import { murmur2 } from "./murmur2.ts";
import { createSourcePositions } from "./source-positions.ts";
import type { SourcePositions } from "./source-positions.ts";

/** How a file name is made of a cell's code: prefix, hash, suffix. */
export const cellFileNames = {
  hashMethod: "Murmur2",
  hashSeed: 0x9747b28c,
  tmpFilePrefix: path.join(os.tmpdir(), `residency_${process.pid}`, path.sep),
  tmpFileSuffix: ".ts",
} as const;

/** The file name that stands for a cell with this code; no such file is written. */
export function cellPath(code: string): string {
  const { hashSeed, tmpFilePrefix, tmpFileSuffix } = cellFileNames;
  return `${tmpFilePrefix}${murmur2(code, hashSeed)}${tmpFileSuffix}`;
}

/** Whether a file name stands for a cell and not for a file. */
export function isCellPath(file: string): boolean {
  return file.startsWith(cellFileNames.tmpFilePrefix);
}

/** The cells of the kernel, by number and by file name. */
export interface CellSources {
  /** Remembers code that has not run yet and gives its file name. */
  dump(code: string): string;
  /** The code behind a file name. */
  code(path: string): string | undefined;
  /** The positions that a dumped cell will have once it is compiled; undefined for other files and wrong syntax. */
  expected(path: string): Promise<SourcePositions | undefined>;
  /** The numbers of the compiled cells with this file name. */
  cellsAt(path: string): number[];
  /** A compiled cell with its file name and positions. */
  find(cell: number): CellSource | undefined;
}

/** A compiled cell and what is derived from it. */
export interface CellSource {
  name: string;
  path: string;
  positions: SourcePositions;
}

/** Dumped cells that are remembered; front ends dump a cell again whenever its text has changed. */
const keptDumps = 2000;

/** The sources of a host's cells; what is derived from a cell is made when it is first asked for. */
export function createCellSources(host: DebugHost): CellSources {
  const dumped = new Map<string, string>();
  const derived = new WeakMap<DebuggedCell, CellSource>();

  const derive = (cell: DebuggedCell): CellSource => {
    let source = derived.get(cell);
    if (!source) {
      const { name, code, js, maps } = cell;
      source = { name, path: cellPath(code), positions: createSourcePositions(js, maps) };
      derived.set(cell, source);
    }
    return source;
  };
  const compiled = (): [number, DebuggedCell][] => [...host.cells].filter(([, cell]) => cell.js !== "");

  return {
    dump(code) {
      const file = cellPath(code);
      dumped.delete(file);
      dumped.set(file, code);
      for (const oldest of dumped.keys()) {
        if (dumped.size <= keptDumps) break;
        dumped.delete(oldest);
      }
      return file;
    },
    code(file) {
      return dumped.get(file) ?? compiled().find(([, cell]) => derive(cell).path === file)?.[1].code;
    },
    async expected(file) {
      const code = dumped.get(file);
      const preview = code === undefined ? undefined : await host.preview(code);
      return preview && createSourcePositions(preview.js, preview.maps);
    },
    cellsAt: (file) =>
      compiled()
        .filter(([, cell]) => derive(cell).path === file)
        .map(([number]) => number),
    find(number) {
      const cell = host.cells.get(number);
      return cell && cell.js !== "" ? derive(cell) : undefined;
    },
  };
}
