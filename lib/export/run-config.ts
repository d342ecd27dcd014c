/** The file that describes a fine-tuning run, the same for `residency train` and for what is exported of it: parsed here. */
import { ResidencyError } from "../errors.ts";
import { LoraConfig } from "../peft/index.ts";
import { BitsAndBytesConfig } from "../quant/index.ts";
import { SFTConfig } from "../train/index.ts";
import { nearestName } from "./nearest-name.ts";

/** What the rows of a run's data files hold. */
export const dataFormats = ["prompt-completion", "text", "messages"] as const;

/** The name of a data format. */
export type DataFormat = (typeof dataFormats)[number];

/** A fine-tuning run: which model, on what, how. */
export interface RunConfig {
  /** A model folder, or `owner/name` of the hub. */
  model: string;
  /** Where the tokenizer is; the model's place when the file names none. */
  tokenizer: string;
  /** JSON Lines files, and what all their rows must be; the rows of any format when left out. */
  data: { train: string; eval?: string; format?: DataFormat };
  /** The adapter that is trained; all weights when left out. */
  lora?: LoraConfig;
  /** How the base model is quantised. */
  quantization?: BitsAndBytesConfig;
  /** Its outputDir is that of the file. */
  training: SFTConfig<string>;
  /** Of the adapter's first values, dropout and the order of rows. */
  seed: number;
}

type Json = Readonly<Record<string, unknown>>;

function refuse(what: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot read the run's configuration: ${what}`);
}

function objectAt(json: Json, key: string): Json | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) return refuse(`"${key}" must be an object`);
  return value as Json;
}

function textAt(json: Json, key: string, place = key): string | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" && value !== "" ? value : refuse(`"${place}" must be a text`);
}

function checkKeys(json: Json, place: string, known: readonly string[]): void {
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  refuse(
    nearest === undefined
      ? `${place} has "${unknown}", which it does not know; known are ${[...known].sort().join(", ")}`
      : `${place} has "${unknown}"; did you mean "${nearest}"?`,
  );
}

function parseLora(json: Json): LoraConfig {
  // What a config keeps of its options has the options' names.
  checkKeys(json, '"lora"', Object.keys(new LoraConfig({ targetModules: "all-linear" })));
  const targets: unknown = json["targetModules"];
  const isList = Array.isArray(targets) && targets.every((name): name is string => typeof name === "string");
  if (!isList && targets !== "all-linear") {
    return refuse('"lora.targetModules" must be a list of names of linear layers or "all-linear"');
  }
  return new LoraConfig({ ...json, targetModules: targets });
}

function parseData(json: Json | undefined): RunConfig["data"] {
  if (!json) return refuse('"data" is missing: give { "train": "FILE.jsonl" }');
  checkKeys(json, '"data"', ["train", "eval", "format"]);
  const train =
    textAt(json, "train", "data.train") ?? refuse('"data.train" is missing: give a JSON Lines file');
  const evaluated = textAt(json, "eval", "data.eval");
  const named = json["format"];
  const format = dataFormats.find((one) => one === named);
  if (named !== undefined && format === undefined) {
    return refuse(`"data.format" is ${JSON.stringify(named)}, and must be ${dataFormats.join(", ")}`);
  }
  return { train, ...(evaluated !== undefined && { eval: evaluated }), ...(format && { format }) };
}

/** Settings that may stand in the file itself or in "training". */
function shared(json: Json, training: Json, names: readonly string[]): Json {
  const given = names.map((name) => {
    const [outer, inner] = [json[name], training[name]];
    if (outer !== undefined && inner !== undefined && outer !== inner)
      refuse(`"${name}" and "training.${name}" differ: give one of them`);
    return [name, outer ?? inner] as const;
  });
  textAt(Object.fromEntries(given), "outputDir");
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null));
}

/**
 * Reads the configuration of a run from parsed JSON.
 *
 * @throws ResidencyError E_CONFIG for a field that is missing, unknown or out of its range, naming it and what is allowed.
 * @example
 * const run = parseRunConfig({
 *   model: "assets/intern",
 *   data: { train: "train.jsonl" },
 *   lora: { r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj"] },
 *   training: { maxSteps: 100, learningRate: 1e-3 },
 *   outputDir: "out/adapter",
 * });
 * run.lora?.scaling; // → 2
 */
export function parseRunConfig(value: unknown): RunConfig {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse("it must be an object");
  const json = value as Json;
  checkKeys(json, "the file", [
    "model",
    "tokenizer",
    "data",
    "lora",
    "quantization",
    "training",
    "seed",
    "outputDir",
  ]);
  const model = textAt(json, "model") ?? refuse('"model" is missing: give a folder or owner/name');
  const lora = objectAt(json, "lora");
  const quantization = objectAt(json, "quantization");
  const training = objectAt(json, "training") ?? {};
  checkKeys(training, '"training"', Object.keys(new SFTConfig()));
  if (quantization) {
    checkKeys(quantization, '"quantization"', Object.keys(new BitsAndBytesConfig({ loadIn4bit: true })));
    if (!lora) refuse('"quantization" needs "lora": quantised weights are not trained themselves');
  }
  const config = new SFTConfig<string>({ ...training, ...shared(json, training, ["seed", "outputDir"]) });
  return {
    model,
    tokenizer: textAt(json, "tokenizer") ?? model,
    data: parseData(objectAt(json, "data")),
    ...(lora && { lora: parseLora(lora) }),
    ...(quantization && { quantization: new BitsAndBytesConfig(quantization) }),
    training: config,
    seed: config.seed,
  };
}
