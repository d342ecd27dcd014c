/** The file that `residency train` reads: which model is trained on what, and how; unknown names are refused with the nearest known one. */
import { ResidencyError } from "../../lib/errors.ts";
import { BitsAndBytesConfig, LoraConfig, SFTConfig } from "../../lib/index.ts";

/** A training run as a file describes it. */
export interface TrainConfig {
  model: string;
  tokenizer: string;
  /** Paths of JSON Lines files. */
  data: { train: string; eval?: string };
  lora?: LoraConfig<string, string>;
  quantization?: BitsAndBytesConfig;
  training: SFTConfig;
}

type Fields = Record<string, unknown>;

function refuse(what: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot read the training config: ${what}`);
}

/** Steps of one letter from one word to another (Levenshtein, 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The known name that is most like another; names of Python's form are like those of ours. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (word: string): string => word.replaceAll("_", "").toLowerCase();
  const byDistance = known
    .map((candidate) => ({ candidate, away: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.away - b.away);
  const [best] = byDistance;
  return best && best.away <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

function checkNames(fields: Fields, known: readonly string[], where: string): void {
  for (const name of Object.keys(fields)) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? `known are ${known.join(", ")}` : `did you mean "${nearest}"?`;
    refuse(`${where} has no "${name}"; ${hint}`);
  }
}

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    refuse(`${where} must be an object`);
  return value as Fields;
}

function textOf(value: unknown, where: string): string {
  return typeof value === "string" && value !== ""
    ? value
    : refuse(`${where} must be a text, such as a path`);
}

/**
 * Reads a training config.
 *
 * @throws ResidencyError E_CONFIG naming the field, and the nearest known name of one that is unknown.
 */
export function parseTrainConfig(text: string): TrainConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ResidencyError("E_CONFIG", "Cannot read the training config: it is not JSON", { cause });
  }
  const root = fieldsOf(json, "the file");
  checkNames(
    root,
    ["model", "tokenizer", "data", "lora", "quantization", "training", "seed", "outputDir"],
    "the file",
  );
  const model = textOf(root["model"], "model");
  const data = fieldsOf(root["data"], "data");
  checkNames(data, ["train", "eval", "format"], "data");
  if (data["format"] !== undefined && data["format"] !== "jsonl") refuse('data.format must be "jsonl"');
  const lora = root["lora"] === undefined ? undefined : fieldsOf(root["lora"], "lora");
  // An object of each class has all its options as properties.
  if (lora) checkNames(lora, Object.keys(new LoraConfig({ targetModules: ["any"] })), "lora");
  const quantization =
    root["quantization"] === undefined ? undefined : fieldsOf(root["quantization"], "quantization");
  if (quantization) {
    checkNames(quantization, Object.keys(new BitsAndBytesConfig({ loadIn4bit: true })), "quantization");
    if (!lora) refuse("quantization needs lora: weights that are packed are not trained");
  }
  const training = fieldsOf(root["training"] ?? {}, "training");
  checkNames(training, Object.keys(new SFTConfig()), "training");
  if (lora && lora["targetModules"] === undefined)
    refuse('lora.targetModules must name layers, or be "all-linear"');
  return {
    model,
    tokenizer: root["tokenizer"] === undefined ? model : textOf(root["tokenizer"], "tokenizer"),
    data: {
      train: textOf(data["train"], "data.train"),
      ...(data["eval"] === undefined ? {} : { eval: textOf(data["eval"], "data.eval") }),
    },
    ...(lora && { lora: new LoraConfig(lora as unknown as ConstructorParameters<typeof LoraConfig>[0]) }),
    ...(quantization && { quantization: new BitsAndBytesConfig(quantization) }),
    training: new SFTConfig({
      ...training,
      ...(root["seed"] === undefined ? {} : { seed: root["seed"] as number }),
      outputDir: textOf(root["outputDir"] ?? training["outputDir"], "outputDir"),
    }),
  };
}
