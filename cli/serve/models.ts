/** A model twice, without its adapter and with it, over one copy of the weights. */
import { existsSync } from "node:fs";
import path from "node:path";
import { ResidencyError } from "../../lib/errors.ts";
import { generateWith } from "../../lib/generate/index.ts";
import { pretrainedFolder, readJsonFile } from "../../lib/hub/index.ts";
import {
  assetPath,
  AutoModelForCausalLM,
  AutoTokenizer,
  PeftModel,
  type CausalLanguageModel,
  type PreTrainedTokenizer,
} from "../../lib/index.ts";
import type { Side } from "./protocol.ts";

/** What answers. */
export interface ServedModels {
  model: string;
  adapter: string;
  sides: Readonly<Record<Side, Pick<CausalLanguageModel, "generate">>>;
  tokenizer: PreTrainedTokenizer;
  /** Tokens of prompt and answer together that the model has positions for. */
  maxPositions: number;
}

/** Where an adapter's base model is: a path, the model that ships under this name, or an id of the hub. */
function locate(name: string, adapterFolder: string): string {
  if (existsSync(name)) return name;
  const beside = path.resolve(adapterFolder, name);
  if (existsSync(beside)) return beside;
  const shipped = assetPath(name);
  return /^[\w-]+$/.test(name) && existsSync(path.join(shipped, "config.json")) ? shipped : name;
}

/** The name of the base model: the caller's, or the one that the adapter was saved with. */
function baseNameOf(adapterFolder: string, chosen: string | undefined): string {
  if (chosen !== undefined) return chosen;
  const named = readJsonFile(path.join(adapterFolder, "adapter_config.json"))["base_model_name_or_path"];
  if (typeof named === "string" && named !== "") return named;
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot find the base model of ${adapterFolder}: its adapter_config.json names none; say which by --model`,
  );
}

/**
 * Loads a base model and an adapter.
 *
 * @throws ResidencyError E_CHECKPOINT when one of them is incomplete, or the adapter is of another model.
 */
export async function loadServedModels(
  adapter: string,
  { model: chosen }: { model?: string | undefined } = {},
): Promise<ServedModels> {
  const adapterFolder = await pretrainedFolder(adapter, "adapter");
  const name = baseNameOf(adapterFolder, chosen);
  const location = locate(name, adapterFolder);
  const tokenizer = await AutoTokenizer.fromPretrained(
    existsSync(path.join(adapterFolder, "tokenizer.json")) ? adapterFolder : location,
  );
  const base = await AutoModelForCausalLM.fromPretrained(location);
  const peft = await PeftModel.fromPretrained(base, adapterFolder, { isTrainable: false });
  // An adapter with biases changes the model's own: the base is then a model of itself.
  const plain =
    peft.config.bias === "none" ? withoutAdapter(peft) : await AutoModelForCausalLM.fromPretrained(location);
  return {
    model: name,
    adapter,
    sides: { base: plain, tuned: peft },
    tokenizer,
    maxPositions: base.config.maxPositionEmbeddings,
  };
}

/**
 * The model under an adapter. Only each pass itself runs without the adapter, so that this model and the one with the
 * adapter can write at the same time.
 */
export function withoutAdapter(
  peft: PeftModel<Awaited<ReturnType<typeof AutoModelForCausalLM.fromPretrained>>>,
): Pick<CausalLanguageModel, "generate"> {
  const { base } = peft;
  const generate = generateWith({
    eosTokenIds: base.eosTokenIds,
    generationConfig: base.generationConfig,
    nextLogits(input) {
      const passes: ReturnType<typeof base.nextLogits>[] = [];
      let failure: unknown;
      void peft.disableAdapter(() => {
        try {
          passes.push(base.nextLogits(input));
        } catch (error) {
          failure = error;
        }
      });
      const [logits] = passes;
      if (!logits) throw failure;
      return logits;
    },
  });
  return { generate };
}
