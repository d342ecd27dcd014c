/** Folds the iopub messages of executions into the outputs that a notebook file keeps. */
import type { IopubMessage } from "../protocol/index.ts";
import type { DisplayOutput, Output } from "./notebook.ts";

/** Collects outputs of one cell after another and remembers displays by id, since later cells may update them. */
export interface OutputCollector {
  /** From now on outputs go into this list. */
  begin(outputs: Output[]): void;
  /** Takes one message; messages that are no outputs change nothing. */
  add(message: IopubMessage): void;
}

/** A collector for the cells of one notebook. */
export function createOutputCollector(): OutputCollector {
  const displays = new Map<string, DisplayOutput[]>();
  let outputs: Output[] = [];
  let clearBeforeNext = false;

  const push = (output: Output): void => {
    if (clearBeforeNext) outputs.length = 0;
    clearBeforeNext = false;
    const last = outputs.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      last.text = overwriteLines(last.text + output.text);
    } else {
      outputs.push(output);
    }
  };

  return {
    begin(target) {
      outputs = target;
      clearBeforeNext = false;
    },
    add(message) {
      switch (message.type) {
        case "stream":
          push({
            output_type: "stream",
            name: message.content.name,
            text: overwriteLines(message.content.text),
          });
          break;
        case "display_data": {
          const { data, metadata, transient } = message.content;
          const output: DisplayOutput = { output_type: "display_data", data, metadata };
          const id = transient?.display_id;
          if (id !== undefined) displays.set(id, [...(displays.get(id) ?? []), output]);
          push(output);
          break;
        }
        case "update_display_data": {
          const { data, metadata, transient } = message.content;
          for (const output of displays.get(transient?.display_id ?? "") ?? []) {
            Object.assign(output, { data, metadata });
          }
          break;
        }
        case "execute_result":
          push({ output_type: "execute_result", ...message.content });
          break;
        case "error": {
          const { ename, evalue, traceback } = message.content;
          push({ output_type: "error", ename, evalue, traceback });
          break;
        }
        case "clear_output":
          if (message.content.wait) clearBeforeNext = true;
          else outputs.length = 0;
          break;
        default:
          break;
      }
    },
  };
}

/** What a terminal shows of text with carriage returns: of each line what was written last. */
function overwriteLines(text: string): string {
  if (!text.includes("\r")) return text;
  return text.replaceAll("\r\n", "\n").replace(/[^\n]*\r(?=[^\r\n])/g, "");
}
