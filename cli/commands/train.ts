/** `residency train`: fine-tunes a model as a file says. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ResidencyError } from "../../lib/errors.ts";
import { parseRunConfig } from "../../lib/export/index.ts";
import { terminalProgress } from "../../lib/train/index.ts";
import { formatDuration } from "../terminal/index.ts";
import { trainByConfig } from "../train/index.ts";

const help = `Usage: residency train CONFIG [--resume | --resume-from DIR] [--json]

Fine-tunes a model as the JSON file CONFIG says: { "model", "tokenizer", "data": { "train", "eval" }, "lora",
"quantization", "training", "seed", "outputDir" }. Data are JSON Lines with "prompt" and "completion" (texts or lists of
messages), "messages", or "text"; "lora", "quantization" and "training" have the options of LoraConfig, BitsAndBytesConfig and SFTConfig.
Checkpoints and the model, or its adapter, go to outputDir. Ctrl-C saves a checkpoint and ends.

  --resume            go on from the newest checkpoint of outputDir; start anew when there is none
  --resume-from DIR   go on from this checkpoint
  --json              print the outcome as one line of JSON at the end

Exit code: 0 when all steps were made; 130 after Ctrl-C; 1 on any error.
`;

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ResidencyError("E_CONFIG", `Cannot read ${file}: it is not JSON`, { cause });
  }
}

/** Runs the command and gives its exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      resume: { type: "boolean", default: false },
      "resume-from": { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) {
    process.stderr.write(`residency train: give one config file\n\n${help}`);
    return 2;
  }
  const abort = new AbortController();
  // The second Ctrl-C ends the process as it always does.
  process.once("SIGINT", () => abort.abort());
  const progress = terminalProgress(process.stderr);
  try {
    const result = await trainByConfig(parseRunConfig(await readJson(file)), {
      resume: values["resume-from"] ?? values.resume,
      signal: abort.signal,
      callbacks: [progress],
    });
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ ok: true, ...result })}\n`
        : `${result.outputDir}: ${result.globalStep} steps in ${formatDuration(result.seconds)}, mean loss ${result.trainingLoss.toFixed(4)}\n`,
    );
    return 0;
  } catch (error) {
    progress.clear();
    if (!(error instanceof ResidencyError)) throw error;
    const { code, message } = error;
    if (values.json) process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message } })}\n`);
    else process.stderr.write(`residency train: ${code}: ${message}\n`);
    return code === "E_INTERRUPTED" ? 130 : 1;
  }
}
