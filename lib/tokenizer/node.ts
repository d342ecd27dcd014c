/** Reads and writes the files of a tokenizer. */
import { ResidencyError } from "../errors.ts";
import { fs, path } from "../files/index.ts";
import { writeFileAtomically } from "../hub/index.ts";
import { chatTemplateFile, chatTemplateFolder } from "./tokenizer-files.ts";

/** The content of a tokenizer's files. */
export interface TokenizerFolder {
  tokenizer: unknown;
  config: Record<string, unknown>;
}

/**
 * Reads a folder's tokenizer files, or a tokenizer.json given by its path with the files beside it.
 *
 * @throws ResidencyError E_TOKENIZER where there is no tokenizer.json, or a file cannot be read.
 */
export function readTokenizerFolder(place: string): TokenizerFolder {
  const isFile = fs.statSync(place, { throwIfNoEntry: false })?.isFile() === true;
  const folder = isFile ? path.dirname(place) : place;
  const tokenizer = readJson(isFile ? place : path.join(folder, "tokenizer.json"));
  if (tokenizer === undefined) throw missing(folder);
  const roles = readObject(path.join(folder, "special_tokens_map.json"));
  const config = readObject(path.join(folder, "tokenizer_config.json"));
  const templates = readTemplates(folder);
  return {
    tokenizer,
    // Files of their own win over the template in tokenizer_config.json.
    config: { ...roles, ...config, ...(templates.length > 0 ? { chat_template: templates } : {}) },
  };
}

/** Writes files, each at once or not at all. */
export function writeTokenizerFolder(folder: string, files: Readonly<Record<string, string>>): void {
  try {
    // A template that the tokenizer no longer has must not come back with the folder.
    for (const stale of [chatTemplateFile, chatTemplateFolder]) {
      fs.rmSync(path.join(folder, stale), { recursive: true, force: true });
    }
    for (const [name, content] of Object.entries(files))
      writeFileAtomically(path.join(folder, name), content);
  } catch (cause) {
    throw new ResidencyError("E_SAVE", `Cannot save the tokenizer to ${folder}`, { cause });
  }
}

function missing(folder: string): ResidencyError {
  const old = ["tokenizer.model", "vocab.json", "vocab.txt"].find((name) =>
    fs.existsSync(path.join(folder, name)),
  );
  const hint =
    old === undefined
      ? "give a folder or file that is one"
      : `it has ${old}; load it in Python with AutoTokenizer and save_pretrained it, which writes tokenizer.json`;
  return new ResidencyError(
    "E_TOKENIZER",
    `Cannot load a tokenizer from ${folder}: it has no tokenizer.json; ${hint}`,
  );
}

function readTemplates(folder: string): { name: string; template: string }[] {
  const own = readText(path.join(folder, chatTemplateFile));
  const others = path.join(folder, chatTemplateFolder);
  const names = fs.existsSync(others) ? fs.readdirSync(others).filter((name) => name.endsWith(".jinja")) : [];
  return [
    ...(own === undefined ? [] : [{ name: "default", template: own }]),
    ...names.sort().map((name) => ({
      name: name.slice(0, -".jinja".length),
      template: readText(path.join(others, name)) ?? "",
    })),
  ];
}

function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) {
      return undefined;
    }
    throw new ResidencyError("E_TOKENIZER", `Cannot read ${file}`, { cause });
  }
}

function readObject(file: string): Record<string, unknown> {
  const value = readJson(file) ?? {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ResidencyError("E_TOKENIZER", `Cannot read ${file}: it must hold an object`);
}

function readJson(file: string): unknown {
  const text = readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ResidencyError("E_TOKENIZER", `Cannot read ${file}: it is not valid JSON; get the file again`, {
      cause,
    });
  }
}
