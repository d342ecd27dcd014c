/** Writes a run as a folder for `accelerate launch`: script, job, data, the model where it is a folder, and the first adapter. */
import fs from "node:fs";
import path from "node:path";
import { ResidencyError } from "../../errors.ts";
import { assetPath, hfHubDownload, readJsonFile, writeFileAtomically } from "../../hub/index.ts";
import { modelFromConfig, replaceConv1D } from "../../models/index.ts";
import { getPeftModel, type LoraConfig } from "../../peft/index.ts";
import { ensureBackend } from "../../tensor/index.ts";
import type { RunConfig } from "../run-config.ts";
import { readChatTemplate } from "../../train/index.ts";
import { accelerateJob, chatTemplateFile, type AccelerateJob } from "./job.ts";
import {
  accelerateYaml,
  checkedLaunch,
  launchReadme,
  requirements,
  type LaunchOptions,
} from "./launch-files.ts";

/** Options of {@link exportAccelerate}. */
export interface ExportAccelerateOptions extends LaunchOptions {
  run: RunConfig;
  /** The folder to be written; it must be empty or absent. */
  folder: string;
}

/** Files of a model folder that the script needs. */
const modelFile = /\.(json|safetensors|jinja|model|txt)$/;

function copyFolder(from: string, to: string): void {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory() || !modelFile.test(entry.name)) continue;
    // Shared blocks where the file system has them: a model may be large.
    fs.copyFileSync(path.join(from, entry.name), path.join(to, entry.name), fs.constants.COPYFILE_FICLONE);
  }
}

/** The name under which the script finds a model or tokenizer: copied when it is a folder, else the id on the hub. */
function placed(name: string, folder: string, target: string): string {
  if (!fs.existsSync(name)) return name;
  copyFolder(name, path.join(folder, target));
  return target;
}

function placedData(file: string, folder: string, target: string): string {
  if (!fs.existsSync(file)) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot export ${file}: there is no such file; give a JSON Lines file`,
    );
  }
  const name = path.posix.join("data", target);
  fs.mkdirSync(path.join(folder, "data"), { recursive: true });
  fs.copyFileSync(file, path.join(folder, name), fs.constants.COPYFILE_FICLONE);
  return name;
}

/** Writes the adapter that the run would start with here; only the model's config.json is needed for it. */
async function writeFirstAdapter(
  { model, lora, quantization, seed }: RunConfig,
  folder: string,
  baseName: string,
): Promise<void> {
  if (!lora) return;
  const config = fs.existsSync(model)
    ? path.join(model, "config.json")
    : await hfHubDownload(model, "config.json");
  await ensureBackend();
  const empty = modelFromConfig(readJsonFile(config));
  if (quantization) replaceConv1D(empty, quantization);
  // The names of a file are checked against the model at run time, by what is called here.
  const peft = getPeftModel(empty, lora as LoraConfig<never>, { seed });
  try {
    await peft.savePretrained(folder, { baseModel: baseName });
  } finally {
    empty.dispose();
  }
}

/**
 * Writes a folder that `accelerate launch` trains the same run from, on several GPUs or machines, with transformers, PEFT and
 * TRL; the adapter that comes out of it loads here.
 *
 * @throws ResidencyError E_CONFIG when the folder has files already or an option does not fit; E_DATASET when a data file is
 * missing; E_TARGET_MODULES when the adapter's targets match nothing.
 * @example
 * writeFileAtomically("train.jsonl", '{"prompt":"PNA?","completion":" Pneumonia."}\n');
 * const run = parseRunConfig({
 *   model: "assets/intern",
 *   data: { train: "train.jsonl", format: "prompt-completion" },
 *   lora: { r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj"] },
 *   training: { maxSteps: 100 },
 *   outputDir: "out/adapter",
 * });
 * const { files } = await exportAccelerate({ run, folder: "out/job", gpus: 4 });
 */
export async function exportAccelerate({
  run,
  folder,
  ...options
}: ExportAccelerateOptions): Promise<{ folder: string; files: string[] }> {
  const launch = checkedLaunch(options);
  if (fs.existsSync(folder) && fs.readdirSync(folder).length > 0) {
    throw new ResidencyError("E_CONFIG", `Cannot export to ${folder}: it is not empty; give another folder`);
  }
  const adapter = run.lora ? "first-adapter" : null;
  const model = placed(run.model, folder, "model");
  await writeFirstAdapter(run, path.join(folder, "first-adapter"), model);
  const files: Pick<AccelerateJob, "model" | "tokenizer" | "data" | "adapter"> = {
    model,
    tokenizer: run.tokenizer === run.model ? model : placed(run.tokenizer, folder, "tokenizer"),
    data: {
      train: placedData(run.data.train, folder, "train.jsonl"),
      ...(run.data.eval !== undefined && { eval: placedData(run.data.eval, folder, "eval.jsonl") }),
    },
    adapter,
  };
  const job = accelerateJob(run, files, launch.mixedPrecision);
  const { chatTemplatePath } = run.training;
  const texts: Record<string, string> = {
    "train.py": fs.readFileSync(assetPath("accelerate", "train.py"), "utf8"),
    "job.json": `${JSON.stringify(job, undefined, 2)}\n`,
    "accelerate.yaml": accelerateYaml(launch),
    "requirements.txt": requirements(job),
    "README.md": launchReadme(job, launch),
    ...(chatTemplatePath !== undefined && { [chatTemplateFile]: readChatTemplate(chatTemplatePath) }),
  };
  for (const [name, text] of Object.entries(texts)) writeFileAtomically(path.join(folder, name), text);
  return { folder, files: Object.keys(texts) };
}
