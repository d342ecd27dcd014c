/** `residency export`: writes a model for other programs. */
import path from "node:path";
import { parseArgs } from "node:util";
import { exportGguf, exportSafetensors } from "../../lib/export/index.ts";

const help = `Usage: residency export MODEL --to gguf|safetensors [--adapter DIR] [--type TYPE] [--out PATH]

Writes the model of a folder (config.json, safetensors, tokenizer.json) for other programs.

  --to gguf           one file for llama.cpp and what is built on it
  --to safetensors    a folder for transformers
  --adapter DIR       a PEFT adapter, merged into the weights
  --type TYPE         gguf: f16 (default), q8_0, bf16 or f32; safetensors: f32 (default), f16 or bf16
  --out PATH          where to write (default: NAME-TYPE.gguf, or NAME-merged)
  --pre NAME          gguf: llama.cpp's name for how the tokenizer parts texts, where it is not recognised
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
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [model, ...rest] = positionals;
  if (model === undefined || rest.length > 0) return misuse("give one model folder");
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
    const written = await exportSafetensors({
      model,
      ...adapter,
      folder: values.out ?? `${name}-merged`,
      type,
    });
    process.stdout.write(
      values.json
        ? `${JSON.stringify(written, undefined, 2)}\n`
        : `${written.folder}: ${written.files.join(", ")}\n`,
    );
    return 0;
  }
  return misuse(`cannot export --to ${values.to ?? "nothing"}: allowed are gguf, safetensors`);
}
