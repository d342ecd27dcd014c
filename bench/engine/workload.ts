/** Workloads: what is measured, read from a JSON file that PyTorch's side (bench/peers) reads too. */
import { readFileSync } from "node:fs";
import { ResidencyError } from "../../lib/errors.ts";

/** What a workload does; a new kind is named here, built in model.ts and measured in measure-workload.ts. */
export const workloadKinds = ["full", "lora", "qlora", "generate"] as const;

/** The name of a kind. */
export type WorkloadKind = (typeof workloadKinds)[number];

/** The sizes of the model and of its batches; the names are those of the file. */
export interface WorkloadShape {
  name: string;
  layers: number;
  heads: number;
  kv_heads: number;
  hidden: number;
  ffn: number;
  vocab: number;
  /** Tokens a row: those that predict a next one in training, those of the prompt in generation. */
  seq: number;
  /** Rows. */
  batch: number;
}

/** Trains every weight. */
export type FullWorkload = WorkloadShape & { kind: "full" };

/** Trains adapters of rank `lora_r` on the seven linear layers of a block, and freezes the rest. */
export type LoraWorkload = WorkloadShape & { kind: "lora"; lora_r: number };

/** The same on a base whose linear layers, the head left out, are packed in NF4 with quantised scales. */
export type QloraWorkload = WorkloadShape & { kind: "qlora"; lora_r: number };

/** Continues prompts greedily by exactly `new_tokens` tokens. */
export type GenerateWorkload = WorkloadShape & { kind: "generate"; new_tokens: number };

/** A workload that has a loss. */
export type TrainingWorkload = FullWorkload | LoraWorkload | QloraWorkload;

/** One workload of a file. */
export type Workload = TrainingWorkload | GenerateWorkload;

const shapeFields = ["layers", "heads", "kv_heads", "hidden", "ffn", "vocab", "seq", "batch"] as const;

function refuse(what: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot read the workloads: ${what}`);
}

const shown = (value: unknown): string => (value === undefined ? "missing" : JSON.stringify(value));

function parseWorkload(value: unknown, index: number): Workload {
  if (typeof value !== "object" || value === null) refuse(`entry ${index} is not an object`);
  const fields = value as Record<string, unknown>;
  const { name, kind } = fields;
  if (typeof name !== "string" || name === "") return refuse(`entry ${index} has no name`);
  const count = (field: string): number => {
    const found = fields[field];
    return typeof found === "number" && Number.isSafeInteger(found) && found > 0
      ? found
      : refuse(`"${field}" of ${name} is ${shown(found)}, and must be a whole number above 0`);
  };
  const sizes = Object.fromEntries(shapeFields.map((field) => [field, count(field)])) as Omit<
    WorkloadShape,
    "name"
  >;
  const shape: WorkloadShape = { name, ...sizes };
  switch (kind as WorkloadKind) {
    case "full":
      return { ...shape, kind: "full" };
    case "lora":
      return { ...shape, kind: "lora", lora_r: count("lora_r") };
    case "qlora":
      return { ...shape, kind: "qlora", lora_r: count("lora_r") };
    case "generate":
      return { ...shape, kind: "generate", new_tokens: count("new_tokens") };
    default:
      return refuse(`the kind of ${name} is ${shown(kind)}, and must be ${workloadKinds.join(", ")}`);
  }
}

/**
 * Reads workloads from the text of a JSON file: a list of objects.
 *
 * @throws ResidencyError E_CONFIG for what is no list, and for a field that is missing or impossible, naming it.
 */
export function parseWorkloads(text: string): Workload[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new ResidencyError("E_CONFIG", "Cannot read the workloads: the file is not JSON", { cause });
  }
  if (!Array.isArray(list) || list.length === 0) return refuse("the file must hold a list of objects");
  const workloads = list.map(parseWorkload);
  const twice = workloads.find(({ name }, index) => workloads.findIndex((one) => one.name === name) < index);
  return twice ? refuse(`two are named ${twice.name}`) : workloads;
}

/**
 * The workloads of a file, only those named when names are given.
 *
 * @throws ResidencyError E_CONFIG when the file cannot be read or has no workload of a name.
 */
export function readWorkloads(file: string, names: readonly string[] = []): Workload[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ResidencyError("E_CONFIG", `Cannot read the workloads: ${file} cannot be opened`, { cause });
  }
  const workloads = parseWorkloads(text);
  const unknown = names.find((name) => !workloads.some((workload) => workload.name === name));
  if (unknown !== undefined) {
    refuse(`${file} has none named ${unknown}; it has ${workloads.map(({ name }) => name).join(", ")}`);
  }
  return names.length === 0 ? workloads : workloads.filter(({ name }) => names.includes(name));
}

/** Tokens that one step or one run counts for. */
export function tokensPerStep(workload: Workload): number {
  return workload.batch * (workload.kind === "generate" ? workload.new_tokens : workload.seq);
}
