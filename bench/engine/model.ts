/** Builds the model and the batches of a workload, through the library's front doors. */
import {
  initializeWeights,
  LlamaForCausalLM,
  quantizedWeights,
  type ConfigJson,
} from "../../lib/models/index.ts";
import type { CausalLanguageModel } from "../../lib/nn/index.ts";
import { getPeftModel, LoraConfig } from "../../lib/peft/index.ts";
import { BitsAndBytesConfig } from "../../lib/quant/index.ts";
import { seededRandom } from "../../lib/random.ts";
import type { TrainingWorkload, Workload, WorkloadShape } from "./workload.ts";

const weightSeed = 1;
const batchSeed = 2;

/** How many fixed batches a training workload goes round. */
export const batchCount = 4;

/** The config.json of a workload's model: a Llama with tied embeddings and without an end-of-text token. */
export function configJsonOf(workload: Workload): ConfigJson {
  return {
    model_type: "llama",
    vocab_size: workload.vocab,
    hidden_size: workload.hidden,
    intermediate_size: workload.ffn,
    num_hidden_layers: workload.layers,
    num_attention_heads: workload.heads,
    num_key_value_heads: workload.kv_heads,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    max_position_embeddings: workload.seq + 1 + (workload.kind === "generate" ? workload.new_tokens : 0),
  };
}

/** How QLoRA quantises its base (Dettmers et al., 2023). */
const quantization = new BitsAndBytesConfig({
  loadIn4bit: true,
  bnb4bitQuantType: "nf4",
  bnb4bitUseDoubleQuant: true,
});

/** The base model with random weights; the backend has to be ready. */
function baseModel(workload: Workload): LlamaForCausalLM {
  const model = new LlamaForCausalLM(configJsonOf(workload));
  const packings = workload.kind === "qlora" ? quantizedWeights(model, quantization) : new Map();
  initializeWeights(model, { seed: weightSeed, layers: workload.layers, packings });
  return model;
}

/** The model of a workload with random weights, adapted where the workload says so; the backend has to be ready. */
export function buildModel(workload: Workload): CausalLanguageModel {
  const model = baseModel(workload);
  switch (workload.kind) {
    case "full":
    case "generate":
      return model;
    case "lora":
    case "qlora":
      return getPeftModel(
        model,
        new LoraConfig({
          r: workload.lora_r,
          loraAlpha: 2 * workload.lora_r,
          targetModules: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        }),
      );
  }
}

/** Rows of random tokens, `[rows, length]`. */
export function randomRows(
  { vocab }: WorkloadShape,
  { rows, length, seed = batchSeed }: { rows: number; length: number; seed?: number },
): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: rows }, () => Array.from({ length }, () => random.int(vocab)));
}

/**
 * The rows of the fixed batches, one batch after the other, `[4 · B, seq + 1]`: the last token of a row is only
 * predicted, so that `seq` tokens have a loss, as on PyTorch's side.
 */
export function trainingRows(workload: TrainingWorkload): number[][] {
  return randomRows(workload, { rows: batchCount * workload.batch, length: workload.seq + 1 });
}
