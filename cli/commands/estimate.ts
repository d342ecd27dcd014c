/** `residency estimate`: the memory that training or running a model takes, from its config.json alone. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  canYouRunIt,
  estimateMemory,
  formatBytes,
  formatLedger,
  memoryMethods,
  type ConfigSource,
  type EstimateMemoryOptions,
  type MemoryEstimate,
  type MemoryMethod,
} from "../../lib/memory/index.ts";
import { formatTable } from "../terminal/index.ts";

const help = `Usage: residency estimate MODEL_OR_CONFIG [options]

Estimates the most memory that is in use at once, from a config.json alone. MODEL_OR_CONFIG is a config.json or a folder
that holds one. Without --method every method is shown.

  --method M          full, lora, qlora or inference
  --gpu NAME          say whether it fits this GPU (T4, L4, A100 80GB, …), and what would make it fit
  --implementation I  residency (this library on residency-cpu), or transformers (Hugging Face's stack on a GPU); default:
                      transformers with --gpu, else residency
  --dtype D           float32, float16 or bfloat16: how weights are stored that are not quantised
  --optimizer O       adamw, adamw_8bit, paged_adamw_32bit, paged_adamw_8bit, sgd, sgd_momentum or adafactor
  --batch N           rows of a batch (default: 1)
  --seq N             tokens a row, of the prompt for inference (default: 512)
  --max-new-tokens N  tokens generated (default: 20)
  --checkpointing     keep only the input of each layer
  --accumulation N    micro-batches a step (default: 1)
  --lora-rank N       (default: 8)
  --lora-dropout P    the share of each adapted layer's inputs that dropout takes (default: 0)
  --target-modules L  names of linear layers with commas between, or all-linear (default)
  --json              print the ledgers as JSON, in bytes
`;

/** A config.json as it was parsed; a folder means the one in it. */
async function readConfig(given: string): Promise<ConfigSource> {
  const found = await stat(given).catch(() => undefined);
  if (!found) {
    throw new Error(
      `cannot find ${given}: give a config.json, or a folder that holds one (that of a model of the hub is at ` +
        "https://huggingface.co/MODEL/raw/main/config.json)",
    );
  }
  const file = found.isDirectory() ? path.join(given, "config.json") : given;
  try {
    return JSON.parse(await readFile(file, "utf8")) as ConfigSource;
  } catch (error) {
    throw new Error(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new RangeError(`cannot use --${name} ${text}: give a whole number`);
}

function share(name: string, text: string | undefined): number | undefined {
  if (text === undefined || /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(text))
    return text === undefined ? undefined : Number(text);
  throw new RangeError(`cannot use --${name} ${text}: give a number, such as 0.1`);
}

/** The options that were given; the library says which values are allowed. */
type Given = Omit<EstimateMemoryOptions, "method"> & { method?: MemoryMethod };

/** What the JSON output has of an estimate. */
const plain = ({ entries, ...summary }: MemoryEstimate): object => ({ ...summary, entries });

/** Runs the command. */
export async function run(args: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      method: text,
      gpu: text,
      implementation: text,
      dtype: text,
      optimizer: text,
      batch: text,
      seq: text,
      "max-new-tokens": text,
      checkpointing: { type: "boolean" },
      accumulation: text,
      "lora-rank": text,
      "lora-dropout": text,
      "target-modules": text,
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [given, ...rest] = positionals;
  if (given === undefined || rest.length > 0) {
    process.stderr.write(`residency estimate: give one config.json or folder\n\n${help}`);
    return 2;
  }
  const targets = values["target-modules"];
  const asked = {
    method: values.method,
    implementation: values.implementation ?? (values.gpu === undefined ? "residency" : "transformers"),
    dtype: values.dtype,
    optimizer: values.optimizer,
    batch: wholeNumber("batch", values.batch),
    seq: wholeNumber("seq", values.seq),
    maxNewTokens: wholeNumber("max-new-tokens", values["max-new-tokens"]),
    checkpointing: values.checkpointing,
    gradientAccumulationSteps: wholeNumber("accumulation", values.accumulation),
    loraRank: wholeNumber("lora-rank", values["lora-rank"]),
    loraDropout: share("lora-dropout", values["lora-dropout"]),
    targetModules: targets === undefined || targets === "all-linear" ? targets : targets.split(","),
  };
  const options = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  ) as unknown as Given;
  const source = await readConfig(given);
  const print = (shown: string): void => void process.stdout.write(`${shown}\n`);

  if (values.gpu !== undefined) {
    const answers = canYouRunIt(source, { ...options, gpu: values.gpu });
    if (values.json) {
      print(
        JSON.stringify(
          answers.map((one) => ({ ...one, estimate: plain(one.estimate) })),
          undefined,
          2,
        ),
      );
      return 0;
    }
    for (const { summary, remedies } of answers) {
      print(summary);
      for (const { change, neededBytes } of remedies) print(`    ${change}: ${formatBytes(neededBytes)}`);
    }
    return 0;
  }
  const methods = options.method ? [options.method] : memoryMethods;
  const estimates = methods.map((method) => estimateMemory(source, { ...options, method }));
  if (values.json) {
    print(JSON.stringify(options.method ? plain(estimates[0]!) : estimates.map(plain), undefined, 2));
  } else if (options.method) {
    print(`${describe(estimates[0]!)}\n\n${formatLedger(estimates[0]!)}`);
  } else {
    print(`${describe(estimates[0]!)}\n\n${compare(estimates)}`);
  }
  return 0;
}

function describe({ family, totalParameters, trainableParameters, options }: MemoryEstimate): string {
  const { batch, seq, implementation, method } = options;
  const trained =
    method === "lora" || method === "qlora" ? `, ${trainableParameters.toLocaleString("en")} trained` : "";
  return (
    `${family}, ${totalParameters.toLocaleString("en")} parameters${trained}; batch ${batch}, ${seq} tokens a row, ` +
    `by ${implementation}`
  );
}

/** One line a method. */
function compare(estimates: readonly MemoryEstimate[]): string {
  const rows = estimates.map(({ options, totalBytes, byComponent }) => [
    options.method,
    formatBytes(totalBytes),
    ...(["parameters", "gradients", "optimizer", "activations"] as const).map((name) =>
      formatBytes(byComponent[name]),
    ),
    formatBytes(byComponent.logits + byComponent.cache + byComponent.workspace),
  ]);
  return formatTable(
    ["method", "peak", "parameters", "gradients", "optimizer", "activations", "logits, cache, workspace"],
    rows,
  );
}
