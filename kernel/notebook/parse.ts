/** Reads a notebook file into typed values, once, at the border. */
import { createHash } from "node:crypto";
import { KernelError } from "../errors.ts";
import { isJsonObject } from "../protocol/index.ts";
import type { JsonObject, JsonValue } from "../protocol/index.ts";
import type { Cell, Notebook, Output } from "./notebook.ts";

/**
 * Parses the text of an .ipynb file.
 *
 * @throws KernelError E_NOTEBOOK when it is not a notebook in nbformat 4; the message names the place.
 */
export function parseNotebook(text: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail("the file", "is not JSON");
  }
  const notebook = object(value, "the notebook");
  const { nbformat, nbformat_minor: minor = 0, cells, metadata = {} } = notebook;
  if (nbformat !== 4) {
    return fail(
      "nbformat",
      `is ${JSON.stringify(nbformat) || "missing"}, allowed is 4; save it once with Jupyter`,
    );
  }
  if (typeof minor !== "number" || !Number.isInteger(minor))
    return fail("nbformat_minor", "must be an integer");
  if (!Array.isArray(cells)) return fail("cells", "must be a list");
  const used = new Set<string>();
  return {
    ...notebook,
    cells: cells.map((cell, index) => parseCell(cell, index, used)),
    metadata: object(metadata, "metadata"),
    nbformat: 4,
    nbformat_minor: Math.max(5, minor),
  };
}

function parseCell(value: JsonValue, index: number, used: Set<string>): Cell {
  const where = `cells[${index}]`;
  const cell = object(value, where);
  const type = cell["cell_type"];
  const source = joined(cell["source"], `${where}.source`);
  const base = {
    ...cell,
    id: parseId(cell["id"], index, source, where, used),
    metadata: object(cell["metadata"] ?? {}, `${where}.metadata`),
    source,
  };
  if (type === "markdown" || type === "raw") {
    const attachments = cell["attachments"];
    if (attachments === undefined) return { ...base, cell_type: type };
    return { ...base, cell_type: type, attachments: object(attachments, `${where}.attachments`) };
  }
  if (type !== "code") {
    return fail(
      `${where}.cell_type`,
      `is ${JSON.stringify(type) || "missing"}, allowed: code, markdown, raw`,
    );
  }
  const outputs = cell["outputs"] ?? [];
  if (!Array.isArray(outputs)) return fail(`${where}.outputs`, "must be a list");
  return {
    ...base,
    cell_type: "code",
    execution_count: count(cell["execution_count"], `${where}.execution_count`),
    outputs: outputs.map((output, at) => parseOutput(output, `${where}.outputs[${at}]`)),
  };
}

/** The cell's id; files older than 4.5 have none, so one is made from place and text, the same at every reading. */
function parseId(
  id: JsonValue | undefined,
  index: number,
  source: string,
  where: string,
  used: Set<string>,
): string {
  if (id !== undefined && (typeof id !== "string" || !/^[a-zA-Z0-9-_]{1,64}$/.test(id))) {
    return fail(`${where}.id`, "must have 1 to 64 letters, digits, - or _");
  }
  const result = id ?? createHash("sha256").update(`${index}\n${source}`).digest("hex").slice(0, 8);
  if (used.has(result)) return fail(`${where}.id`, `is used by another cell already: ${result}`);
  used.add(result);
  return result;
}

function parseOutput(value: JsonValue, where: string): Output {
  const output = object(value, where);
  const metadata = object(output["metadata"] ?? {}, `${where}.metadata`);
  switch (output["output_type"]) {
    case "stream": {
      const name = output["name"];
      if (name !== "stdout" && name !== "stderr") return fail(`${where}.name`, "must be stdout or stderr");
      return { output_type: "stream", name, text: joined(output["text"], `${where}.text`) };
    }
    case "display_data":
      return { output_type: "display_data", data: bundle(output["data"], where), metadata };
    case "execute_result": {
      const executionCount = count(output["execution_count"], `${where}.execution_count`);
      return {
        output_type: "execute_result",
        execution_count: executionCount,
        data: bundle(output["data"], where),
        metadata,
      };
    }
    case "error": {
      const { ename, evalue, traceback } = output;
      if (typeof ename !== "string" || typeof evalue !== "string" || !Array.isArray(traceback)) {
        return fail(where, "must have ename, evalue and traceback");
      }
      return { output_type: "error", ename, evalue, traceback: traceback.map(String) };
    }
    default:
      return fail(`${where}.output_type`, "must be stream, display_data, execute_result or error");
  }
}

function bundle(value: JsonValue | undefined, where: string): JsonObject {
  const entries = Object.entries(object(value, `${where}.data`));
  return Object.fromEntries(
    entries.map(([mime, data]) => [mime, isText(mime, data) ? joined(data, `${where}.data`) : data]),
  );
}

/** A list is a list of lines everywhere but in JSON types. */
function isText(mime: string, data: JsonValue): boolean {
  return Array.isArray(data) && !/[/+]json$/.test(mime);
}

function joined(value: JsonValue | undefined, where: string): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("");
  return fail(where, "must be a string or a list of strings");
}

function count(value: JsonValue | undefined, where: string): number | null {
  if (value === undefined || value === null || typeof value === "number") return value ?? null;
  return fail(where, "must be a number or null");
}

function object(value: unknown, where: string): JsonObject {
  return isJsonObject(value) ? value : fail(where, "must be an object");
}

function fail(where: string, why: string): never {
  throw new KernelError("E_NOTEBOOK", `Cannot read the notebook: ${where} ${why}.`);
}
