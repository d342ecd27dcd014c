/** `residency export`: writes a model, or a run, for other programs. */
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  exportAccelerate,
  exportGguf,
  exportSafetensors,
  mixedPrecisions,
  parseRunConfig,
  strategies,
} from "../../lib/export/index.ts";
import type { MergeDrift } from "../../lib/peft/index.ts";

const help = `Usage: residency export MODEL --to gguf|safetensors [--adapter DIR] [--type TYPE] [--out PATH]
       residency export CONFIG --to accelerate [--gpus N] [--machines N] [--strategy ddp|fsdp] [--out DIR]

Writes the model of a folder (config.json, safetensors, tokenizer.json) for other programs, or the run of a
configuration (the file that residency train takes) as a job for several GPUs.

  --to gguf           one file for llama.cpp and what is built on it
  --to safetensors    a folder for transformers
  --to accelerate     a folder with a Python script for accelerate launch, on transformers, PEFT and TRL; the adapter
                      that it trains loads here
  --adapter DIR       a PEFT adapter, merged into the weights
  --type TYPE         gguf: f16 (default), q8_0, bf16 or f32; safetensors: f32 (default), f16 or bf16
  --out PATH          where to write (default: NAME-TYPE.gguf, NAME-merged or NAME-accelerate)
  --pre NAME          gguf: llama.cpp's name for how the tokenizer parts texts, where it is not recognised
  --gpus N            accelerate: GPUs of each machine (default: 1)
  --machines N        accelerate: machines (default: 1)
  --strategy NAME     accelerate: ddp (default; each GPU holds the model) or fsdp (the GPUs share it)
  --mixed-precision P accelerate: no (default; float32, as here), bf16 or fp16
  --json              print the outcome as JSON
`;

const ggufTypes = { f16: "F16", q8_0: "Q8_0", bf16: "BF16", f32: "F32" } as const;
const safetensorsTypes = { f32: "F32", f16: "F16", bf16: "BF16" } as const;

function misuse(what: string): number {
  process.stderr.write(`residency export: ${what}\n\n${help}`);
  return 2;
}

/** The value of a table at a key that came from outside. */
function choose<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** A count from the command line; what is no number is refused where the count is used. */
function count(text: string | undefined): number {
  return text === undefined ? 1 : Number(text);
}

/** What the merge into a quantised weight lost, in a line. */
const driftLine = ({ name, mean, additionMean }: MergeDrift): string =>
  `${name}: quantised again, which rounds by ${mean.toPrecision(2)} in the mean, where the adapter adds ${additionMean.toPrecision(2)}\n`;

interface AccelerateArguments {
  config: string;
  out: string | undefined;
  gpus: number;
  machines: number;
  strategy: string;
  precision: string;
  json: boolean;
}

async function toAccelerate(given: AccelerateArguments): Promise<number> {
  const strategy = strategies.find((name) => name === given.strategy);
  if (!strategy) {
    return misuse(`cannot use --strategy ${given.strategy}: allowed are ${strategies.join(", ")}`);
  }
  const mixedPrecision = mixedPrecisions.find((name) => name === given.precision);
  if (!mixedPrecision) {
    return misuse(
      `cannot use --mixed-precision ${given.precision}: allowed are ${mixedPrecisions.join(", ")}`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(fs.readFileSync(given.config, "utf8"));
  } catch {
    return misuse(`cannot read ${given.config}: give a run's configuration as a JSON file`);
  }
  const written = await exportAccelerate({
    run: parseRunConfig(json),
    folder: given.out ?? `${path.basename(given.config, ".json")}-accelerate`,
    gpus: given.gpus,
    machines: given.machines,
    strategy,
    mixedPrecision,
  });
  process.stdout.write(
    given.json
      ? `${JSON.stringify(written, undefined, 2)}\n`
      : `${written.folder}: ${written.files.join(", ")}\nREADME.md says how to start it.\n`,
  );
  return 0;
}

/** Runs the command and gives its exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      to: { type: "string" },
      adapter: { type: "string" },
      type: { type: "string" },
      out: { type: "string" },
      pre: { type: "string" },
      gpus: { type: "string" },
      machines: { type: "string" },
      strategy: { type: "string", default: "ddp" },
      "mixed-precision": { type: "string", default: "no" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [model, ...rest] = positionals;
  if (model === undefined || rest.length > 0) return misuse("give one model folder, or one configuration");
  if (values.to === "accelerate") {
    return toAccelerate({
      config: model,
      out: values.out,
      gpus: count(values.gpus),
      machines: count(values.machines),
      strategy: values.strategy,
      precision: values["mixed-precision"],
      json: values.json,
    });
  }
  const name = path.basename(path.resolve(model));
  const adapter = values.adapter === undefined ? {} : { adapter: values.adapter };
  if (values.to === "gguf") {
    const label = (values.type ?? "f16").toLowerCase();
    const type = choose(ggufTypes, label);
    if (!type) return misuse(`cannot use --type ${label}: allowed are ${Object.keys(ggufTypes).join(", ")}`);
    const written = await exportGguf({
      model,
      ...adapter,
      file: values.out ?? `${name}-${label}.gguf`,
      type,
      ...(values.pre === undefined ? {} : { preTokenizer: values.pre }),
    });
    const counts = Object.entries(written.tensors).map(([kind, count]) => `${count} ${kind}`);
    process.stdout.write(
      values.json
        ? `${JSON.stringify(written, undefined, 2)}\n`
        : `${written.file}: ${written.bytes} bytes, tensors: ${counts.join(", ")}\n`,
    );
    return 0;
  }
  if (values.to === "safetensors") {
    const label = (values.type ?? "f32").toLowerCase();
    const type = choose(safetensorsTypes, label);
    if (!type)
      return misuse(`cannot use --type ${label}: allowed are ${Object.keys(safetensorsTypes).join(", ")}`);
    const drifts: MergeDrift[] = [];
    const written = await exportSafetensors({
      model,
      ...adapter,
      folder: values.out ?? `${name}-merged`,
      type,
      onDrift: (drift) => drifts.push(drift),
    });
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ ...written, drifts }, undefined, 2)}\n`
        : `${written.folder}: ${written.files.join(", ")}\n${drifts.map(driftLine).join("")}`,
    );
    return 0;
  }
  return misuse(`cannot export --to ${values.to ?? "nothing"}: allowed are gguf, safetensors, accelerate`);
}
