/** Exports model folders: to GGUF for llama.cpp, and to safetensors with an adapter merged in. */
import { ResidencyError } from "../errors.ts";
import { fs, path } from "../files/index.ts";
import {
  encodeGgufHeader,
  encodeGgufTensor,
  llamaCppModel,
  llamaCppValues,
  llamaCppVocabulary,
  type FloatType,
  type GgufWritableType,
} from "../formats/index.ts";
import { readCheckpoint, readJsonFile, type StoredTensor } from "../hub/index.ts";
import { AutoModelForCausalLM, savePretrainedModel, stateDict } from "../models/index.ts";
import { PeftModel, type MergeDrift } from "../peft/index.ts";
import { planTensors } from "./plan.ts";

/** Options of {@link exportGguf}. */
export interface ExportGgufOptions {
  /** A model folder: config.json, safetensors, tokenizer.json. */
  model: string;
  /** A PEFT adapter folder that is merged into the weights; the model then has to fit into memory. */
  adapter?: string;
  /** The file to be written. */
  file: string;
  /** The type of matrices; vectors stay F32. Default F16. */
  type?: GgufWritableType;
  /** llama.cpp's name of the rule that parts texts, for tokenizers whose rule is not known here. */
  preTokenizer?: string;
}

/** What was written. */
export interface ExportedFile {
  file: string;
  bytes: number;
  /** How many tensors of each type. */
  tensors: Partial<Record<GgufWritableType, number>>;
}

/** Options of {@link exportSafetensors}. */
export interface ExportSafetensorsOptions {
  model: string;
  adapter?: string;
  /** The folder to be written. */
  folder: string;
  /** Default F32. */
  type?: FloatType;
  /** Hears of each quantised weight how much the merge lost; without it a warning goes to the console. */
  onDrift?: (drift: MergeDrift) => void;
}

/** The model with the adapter's additions in its weights. */
async function loadMerged(
  model: string,
  adapter: string | undefined,
  onDrift?: (drift: MergeDrift) => void,
): Promise<Awaited<ReturnType<typeof AutoModelForCausalLM.fromPretrained>>> {
  const base = await AutoModelForCausalLM.fromPretrained(model);
  if (adapter === undefined) return base;
  return (await PeftModel.fromPretrained(base, adapter)).mergeAndUnloadAsync({ onDrift });
}

/** What is written of a tensor. */
type ExportedTensor = Pick<StoredTensor, "shape" | "values">;

type Parameters = () => Iterable<[name: string, tensor: ExportedTensor]>;

/** A way to go through the parameters, one in memory at a time unless an adapter has to be merged first. */
async function parametersOf(model: string, adapter: string | undefined): Promise<Parameters> {
  if (adapter === undefined) return () => readCheckpoint(model);
  // What is quantised is refused below, whatever it lost.
  const merged = await loadMerged(model, adapter, () => undefined);
  try {
    const tensors = Object.entries(await stateDict(merged)).map(
      ([name, tensor]): [string, ExportedTensor] => {
        if ("bytes" in tensor) {
          throw new ResidencyError(
            "E_CONFIG",
            `Cannot export ${name}: it is quantised; merge the adapter into the original weights and export those`,
          );
        }
        return [name, { shape: tensor.shape, values: tensor.values.slice() }];
      },
    );
    return () => tensors;
  } finally {
    merged.dispose();
  }
}

/** Writes chunks to a file beside the destination, flushes it and renames it into place. */
function writeChunksAtomically(file: string, chunks: Iterable<Uint8Array>): number {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${crypto.randomUUID()}.tmp`;
  let bytes = 0;
  try {
    const handle = fs.openSync(temporary, "wx");
    try {
      for (const chunk of chunks) {
        // A single write may take less than it is given.
        for (let done = 0; done < chunk.byteLength;) done += fs.writeSync(handle, chunk, done);
        bytes += chunk.byteLength;
      }
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  return bytes;
}

/** The chat template that newer tokenizers keep in a file of its own. */
function tokenizerConfigOf(folder: string): Record<string, unknown> {
  const file = path.join(folder, "tokenizer_config.json");
  const config = fs.existsSync(file) ? readJsonFile(file) : {};
  const template = path.join(folder, "chat_template.jinja");
  return fs.existsSync(template) ? { ...config, chat_template: fs.readFileSync(template, "utf8") } : config;
}

/**
 * Writes a model as one GGUF file that llama.cpp loads, tensor by tensor.
 *
 * @throws ResidencyError E_CHECKPOINT or E_TOKENIZER for what llama.cpp has no place for, E_NUMERIC when a weight does
 *   not fit into the type; a file that is there stays as it was.
 * @example
 * await exportGguf({ model: "assets/intern", file: "out/intern.gguf", type: "Q8_0" });
 */
export async function exportGguf({
  model: folder,
  adapter,
  file,
  type = "F16",
  preTokenizer,
}: ExportGgufOptions): Promise<ExportedFile> {
  const config = readJsonFile(path.join(folder, "config.json"));
  const model = llamaCppModel(config, { type, name: path.basename(path.resolve(folder)) });
  const vocabulary = llamaCppVocabulary({
    tokenizer: readJsonFile(path.join(folder, "tokenizer.json")),
    tokenizerConfig: tokenizerConfigOf(folder),
    config,
    vocabSize: model.vocabSize,
    ...(preTokenizer === undefined ? {} : { preTokenizer }),
  });
  const parameters = await parametersOf(folder, adapter);
  const shapes: [string, readonly number[]][] = [];
  for (const [name, { shape }] of parameters()) shapes.push([name, shape]);
  const planned = planTensors(model, shapes, type);
  const byParameter = new Map(planned.map((tensor) => [tensor.parameter, tensor]));
  const all = [...planned, ...model.extraTensors];
  const header = encodeGgufHeader(new Map([...model.metadata, ...vocabulary]), all);

  function* chunks(): Generator<Uint8Array> {
    yield header.bytes;
    let written = 0;
    function* placed(name: string, bytes: Uint8Array): Generator<Uint8Array> {
      const place = header.tensors.find((tensor) => tensor.offset === written);
      if (place?.name !== name || place.byteLength !== bytes.byteLength) {
        throw new ResidencyError(
          "E_CHECKPOINT",
          `Cannot export ${folder}: it changed while it was read; export it again`,
        );
      }
      yield bytes;
      const padded = Math.ceil(bytes.byteLength / header.alignment) * header.alignment;
      yield new Uint8Array(padded - bytes.byteLength);
      written += padded;
    }
    for (const [parameter, { shape, values }] of parameters()) {
      const tensor = byParameter.get(parameter);
      if (!tensor) continue;
      yield* placed(tensor.name, encodeGgufTensor(llamaCppValues(values, shape, tensor.layout), tensor.type));
    }
    for (const { name, values } of model.extraTensors) yield* placed(name, encodeGgufTensor(values, "F32"));
    if (written !== header.dataBytes) {
      throw new ResidencyError(
        "E_CHECKPOINT",
        `Cannot export ${folder}: it changed while it was read; export it again`,
      );
    }
  }

  const bytes = writeChunksAtomically(file, chunks());
  const tensors: ExportedFile["tensors"] = {};
  for (const tensor of planned) tensors[tensor.type] = (tensors[tensor.type] ?? 0) + 1;
  if (model.extraTensors.length > 0) tensors.F32 = (tensors.F32 ?? 0) + model.extraTensors.length;
  return { file, bytes, tensors };
}

/**
 * Writes a model folder for transformers, with the adapter merged in, and the tokenizer's files beside it.
 *
 * @throws ResidencyError E_CONFIG when the folder is the model's own; E_CHECKPOINT when model and adapter do not fit.
 * @example
 * await exportSafetensors({ model: "assets/intern", adapter: "out/adapter", folder: "out/merged" });
 */
export async function exportSafetensors({
  model: folder,
  adapter,
  folder: target,
  type = "F32",
  onDrift,
}: ExportSafetensorsOptions): Promise<{ folder: string; files: string[] }> {
  if (path.resolve(folder) === path.resolve(target)) {
    throw new ResidencyError("E_CONFIG", `Cannot export ${folder} onto itself: give another folder`);
  }
  const merged = await loadMerged(folder, adapter, onDrift);
  try {
    await savePretrainedModel(merged, target, { dtype: type });
  } finally {
    merged.dispose();
  }
  const beside = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "generation_config.json",
  ].filter((name) => fs.existsSync(path.join(folder, name)));
  for (const name of beside) fs.copyFileSync(path.join(folder, name), path.join(target, name));
  return { folder: target, files: ["config.json", "model.safetensors", ...beside] };
}
