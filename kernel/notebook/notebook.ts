/** Notebooks as nbformat 4.5 describes them; field names are the format's own. */
import type { JsonObject, MimeBundle } from "../protocol/index.ts";

/** Text that a cell's code wrote. */
export interface StreamOutput {
  output_type: "stream";
  name: "stdout" | "stderr";
  text: string;
}

/** A value that a cell displayed. */
export interface DisplayOutput {
  output_type: "display_data";
  data: MimeBundle;
  metadata: JsonObject;
}

/** The value of a cell's last expression. */
export interface ResultOutput {
  output_type: "execute_result";
  execution_count: number | null;
  data: MimeBundle;
  metadata: JsonObject;
}

/** The error that ended a cell. */
export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Anything that a cell can put out. */
export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

interface CellBase {
  id: string;
  metadata: JsonObject;
  source: string;
  /** Fields that the format does not know are kept as they are. */
  [key: string]: unknown;
}

/** A cell of code and what it put out. */
export interface CodeCell extends CellBase {
  cell_type: "code";
  execution_count: number | null;
  outputs: Output[];
}

/** A cell of Markdown text. */
export interface MarkdownCell extends CellBase {
  cell_type: "markdown";
  attachments?: JsonObject;
}

/** A cell that nbconvert passes on as it is. */
export interface RawCell extends CellBase {
  cell_type: "raw";
  attachments?: JsonObject;
}

/** A cell of a notebook, told apart by `cell_type`. */
export type Cell = CodeCell | MarkdownCell | RawCell;

/** A notebook; `source` and stream texts are strings here, lists of lines in the file. */
export interface Notebook {
  cells: Cell[];
  metadata: JsonObject;
  nbformat: 4;
  nbformat_minor: number;
}
