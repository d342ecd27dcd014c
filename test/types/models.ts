/** Types of models: what a forward pass gives, what generation gives, and the names that adapters may have. */
import type * as tf from "@tensorflow/tfjs-core";
import {
  AutoModelForCausalLM,
  BitsAndBytesConfig,
  getPeftModel,
  GPT2LMHeadModel,
  LlamaForCausalLM,
  LoraConfig,
  PeftModel,
  PhiForCausalLM,
  type CausalLMOutput,
  type GenerateOutput,
} from "residency";
import type { AnyCausalLM } from "residency/models";
import type { SavedNames, TargetNames } from "residency/peft";
import { sameType } from "./expect-type.ts";

/** Never called: what stands here has to compile, and each line behind an expected error must not. */
export async function models(llama: LlamaForCausalLM, phi: PhiForCausalLM, gpt2: GPT2LMHeadModel) {
  // A loss is there exactly when labels are.
  const inputIds = [[1, 2, 3]];
  const trained = llama.forward({ inputIds, labels: inputIds });
  sameType<typeof trained.loss, tf.Scalar>();
  const plain = llama.forward({ inputIds });
  sameType<typeof plain, CausalLMOutput>();
  sameType<typeof plain.loss, tf.Scalar | undefined>();
  // @ts-expect-error without labels the loss may be missing
  plain.loss.dataSync();
  // @ts-expect-error token numbers are rows of a batch
  llama.forward({ inputIds: [1, 2, 3] });
  // @ts-expect-error the summed loss needs labels
  llama.summedLoss({ inputIds });

  // generate() gives rows of tokens, or more on request.
  sameType<Awaited<ReturnType<typeof llama.generate>>, number[][]>();
  const rows = await llama.generate(inputIds, { maxNewTokens: 4, temperature: 0.7, doSample: true });
  sameType<typeof rows, number[][]>();
  const result = await llama.generate(inputIds, { returnDictInGenerate: true, outputScores: true });
  sameType<typeof result, GenerateOutput>();
  // @ts-expect-error scores come only with returnDictInGenerate
  await llama.generate(inputIds, { outputScores: true });
  // @ts-expect-error the option is called maxNewTokens
  await llama.generate(inputIds, { max_new_tokens: 4 });
  // @ts-expect-error a prompt is tokens, not text
  await llama.generate(["Dx: pneumonia"]);

  // Targets are the layers of the model.
  getPeftModel(llama, new LoraConfig({ r: 8, targetModules: ["q_proj", "v_proj"] }));
  getPeftModel(llama, new LoraConfig({ targetModules: "all-linear" }));
  getPeftModel(phi, new LoraConfig({ targetModules: ["dense", "fc1"], modulesToSave: ["lm_head"] }));
  getPeftModel(gpt2, new LoraConfig({ targetModules: ["c_attn"], rankPattern: { "h.0.attn.c_attn": 2 } }));
  // @ts-expect-error Phi as transformers has it now splits Wqkv
  getPeftModel(phi, new LoraConfig({ targetModules: ["Wqkv"] }));
  // @ts-expect-error GPT-2 has no q_proj
  getPeftModel(gpt2, new LoraConfig({ targetModules: ["q_proj"] }));
  // @ts-expect-error a pattern for what is no target
  getPeftModel(llama, new LoraConfig({ targetModules: ["q_proj"], rankPattern: { k_proj: 2 } }));
  // @ts-expect-error no layer has that name
  getPeftModel(llama, new LoraConfig({ targetModules: ["q_proj"], modulesToSave: ["score"] }));
  sameType<
    TargetNames<PhiForCausalLM>,
    "q_proj" | "k_proj" | "v_proj" | "dense" | "fc1" | "fc2" | "lm_head" | "embed_tokens"
  >();
  sameType<"c_attn" extends TargetNames<GPT2LMHeadModel> ? true : false, true>();
  sameType<"norm" extends SavedNames<LlamaForCausalLM> ? true : false, true>();

  // The adapter remembers its model.
  const peft = await PeftModel.fromPretrained(llama, "out/adapter");
  sameType<typeof peft, PeftModel<LlamaForCausalLM>>();
  sameType<ReturnType<typeof peft.mergeAndUnload>, LlamaForCausalLM>();
  const off = await peft.disableAdapter(() => 1);
  sameType<typeof off, number>();
  // @ts-expect-error the promise has no methods of a model
  PeftModel.fromPretrained(llama, "out/adapter").mergeAndUnload();
}

/** Loading: the class, the options and their literals. */
export async function loading() {
  sameType<Awaited<ReturnType<typeof AutoModelForCausalLM.fromPretrained>>, AnyCausalLM>();
  const llama = await LlamaForCausalLM.fromPretrained("assets/intern", { dtype: "bfloat16" });
  sameType<typeof llama, LlamaForCausalLM>();
  // @ts-expect-error no such type of weights
  await LlamaForCausalLM.fromPretrained("assets/intern", { dtype: "float8" });
  // @ts-expect-error a config, not its fields
  await LlamaForCausalLM.fromPretrained("assets/intern", { quantizationConfig: { loadIn4bit: true } });
  new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf4" });
  // @ts-expect-error bitsandbytes has nf4 and fp4
  new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf3" });
  // @ts-expect-error LoRA needs targets
  new LoraConfig({ r: 8 });
  // @ts-expect-error not one of LoRA's starts
  new LoraConfig({ targetModules: ["q_proj"], initLoraWeights: "svd" });
  new LoraConfig({ targetModules: ["q_proj"], initLoraWeights: "pissa_niter_4" });
}
