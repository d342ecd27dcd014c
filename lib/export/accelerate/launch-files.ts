/** The files around the exported script: accelerate's configuration, the packages it needs, and how to start it. */
import { ResidencyError } from "../../errors.ts";
import type { AccelerateJob, MixedPrecision } from "./job.ts";

/** How several processes share the work: each with a whole copy of the model, or each with a part of it. */
export const strategies = ["ddp", "fsdp"] as const;

/** The name of a strategy. */
export type Strategy = (typeof strategies)[number];

/** Where the job runs. */
export interface LaunchOptions {
  /** GPUs of each machine; 1 when left out. */
  gpus?: number;
  /** 1 when left out. */
  machines?: number;
  /** "ddp" when left out. */
  strategy?: Strategy;
  /** "no" when left out: float32 throughout, as the run is here. */
  mixedPrecision?: MixedPrecision;
}

/** The options with their defaults; throws E_CONFIG for a count below 1 and a combination that does not work. */
export function checkedLaunch(options: LaunchOptions): Required<LaunchOptions> {
  const { gpus = 1, machines = 1, strategy = "ddp", mixedPrecision = "no" } = options;
  for (const [name, value] of Object.entries({ gpus, machines })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot export for ${value} ${name}: it must be a whole number of at least 1`,
      );
    }
  }
  if (strategy === "fsdp" && gpus * machines === 1) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot export fsdp for one GPU: give more GPUs or machines, or ddp",
    );
  }
  return { gpus, machines, strategy, mixedPrecision };
}

/** Writes plain values as YAML; every text of ours is safe within double quotes. */
function yaml(values: Readonly<Record<string, unknown>>, indent = ""): string {
  return Object.entries(values)
    .map(([key, value]) =>
      typeof value === "object" && value !== null
        ? `${indent}${key}:\n${yaml(value as Record<string, unknown>, `${indent}  `)}`
        : `${indent}${key}: ${JSON.stringify(value)}\n`,
    )
    .join("");
}

/** The configuration of `accelerate launch`. */
export function accelerateYaml(options: LaunchOptions): string {
  const { gpus, machines, strategy, mixedPrecision } = checkedLaunch(options);
  const processes = gpus * machines;
  return yaml({
    compute_environment: "LOCAL_MACHINE",
    distributed_type: strategy === "fsdp" ? "FSDP" : processes > 1 ? "MULTI_GPU" : "NO",
    mixed_precision: mixedPrecision,
    num_machines: machines,
    num_processes: processes,
    machine_rank: 0,
    main_training_function: "main",
    rdzv_backend: "static",
    same_network: true,
    use_cpu: false,
    ...(strategy === "fsdp" && {
      fsdp_config: {
        fsdp_version: 2,
        fsdp_auto_wrap_policy: "TRANSFORMER_BASED_WRAP",
        fsdp_reshard_after_forward: true,
        fsdp_offload_params: false,
        // The adapter is read on every process, so that each needs the model's real weights below it.
        fsdp_cpu_ram_efficient_loading: false,
        fsdp_state_dict_type: "FULL_STATE_DICT",
      },
    }),
  });
}

/** The versions that the script was tried with. */
const packages = {
  torch: "2.13.0",
  transformers: "5.18.0",
  peft: "0.21.0",
  trl: "1.13.0",
  accelerate: "1.15.0",
  datasets: "5.0.1",
} as const;

/** The content of requirements.txt. */
export function requirements({ quantization }: Pick<AccelerateJob, "quantization">): string {
  const pinned = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  // bitsandbytes is a package of each GPU's maker; what transformers asks for is its least version.
  return [...pinned, ...(quantization ? ["bitsandbytes>=0.46.1"] : [])].join("\n") + "\n";
}

function launchCommand({ machines }: Required<LaunchOptions>): string {
  const several =
    machines > 1 ? " --machine_rank RANK --main_process_ip ADDRESS --main_process_port 29500" : "";
  return `accelerate launch --config_file accelerate.yaml${several} train.py`;
}

/** The content of README.md: the two commands, and what is the same as here and what is not. */
export function launchReadme(job: AccelerateJob, options: LaunchOptions): string {
  const launch = checkedLaunch(options);
  const machines =
    launch.machines > 1
      ? `Run the second command on each of the ${launch.machines} machines, with RANK 0, 1, … and the address of the machine of rank 0.\n\n`
      : "";
  const result =
    job.adapter === null
      ? "The model is written to `output/`: `AutoModelForCausalLM.fromPretrained(folder)` loads it in Residency."
      : "The adapter is written to `output/`: `PeftModel.fromPretrained(model, folder)` loads it in Residency.";
  const random =
    job.training["train_sampling_strategy"] === "sequential"
      ? ""
      : "- The order of rows is drawn by PyTorch, so that single losses differ from those of a run in Residency.\n";
  const packed =
    job.training["packing"] === true
      ? "- Rows are packed a thousand at a time, so that more rows than that are packed otherwise.\n"
      : "";
  return `# A training job for accelerate

\`\`\`sh
pip install -r requirements.txt
${launchCommand(launch)}
\`\`\`

${machines}${result} \`output/log.jsonl\` has the losses. \`train.py --resume\` goes on from a checkpoint, where
\`save_strategy\` in job.json asks for some.

The same as in Residency: model, tokens, labels${job.adapter === null ? "" : ", the adapter's first values"}, optimiser, schedule, and the rows of each
optimiser step whatever the number of processes (accumulation is divided among them, then the batch).

Not the same:

${random}${packed}- Dropout draws other numbers.
- A message that spells a special token of the chat template becomes that token there.
- The evaluation's loss is here a mean over tokens, and there over batches.
- The last step of an epoch takes rows twice where they do not divide evenly among the processes.
`;
}
