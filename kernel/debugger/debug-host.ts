/** What the debugger needs of the kernel around it. */
import type { Duplex } from "node:stream";
import type { DebugEvent } from "../protocol/index.ts";

/** A cell that has been compiled and runs or has run. */
export interface DebuggedCell {
  /** What messages call it, such as "cell 3". */
  name: string;
  code: string;
  /** The script that runs, empty until the cell is compiled. */
  js: string;
  /** Source maps from the script to the cell, outermost first. */
  maps: readonly string[];
}

/** The kernel as the debugger sees it. */
export interface DebugHost {
  /** The pipe to the present executor. */
  connect(): Duplex;
  /** The cells, by number. */
  readonly cells: ReadonlyMap<number, DebuggedCell>;
  /** Makes a name known to the cells to come. */
  declare(name: string): Promise<boolean>;
  /** The script and the source maps that a cell would have, or undefined when the syntax is wrong. */
  preview(code: string): Promise<Pick<DebuggedCell, "js" | "maps"> | undefined>;
  /** The JavaScript of TypeScript, or undefined when the syntax is wrong. */
  stripTypes(code: string): Promise<string | undefined>;
  publish(event: DebugEvent): void;
  log(text: string): void;
}
