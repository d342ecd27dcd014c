/** Decides which tensors a GGUF file gets from a checkpoint's parameters, before any value is read. */
import { ResidencyError } from "../errors.ts";
import {
  llamaCppShape,
  llamaCppTensor,
  llamaCppTensorType,
  type GgufTensorInfo,
  type GgufWritableType,
  type LlamaCppLayout,
  type LlamaCppModel,
} from "../formats/index.ts";

/** A tensor of the file and the parameter that it is made of. */
export interface PlannedTensor extends GgufTensorInfo {
  type: GgufWritableType;
  parameter: string;
  layout: LlamaCppLayout;
}

function incomplete(what: string): never {
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot export the model: ${what}; the checkpoint does not fit its config.json`,
  );
}

/** The names of a block's tensors, sorted and joined, by block. */
function blocksOf(tensors: readonly PlannedTensor[]): Map<number, string> {
  const blocks = new Map<number, string[]>();
  for (const { name } of tensors) {
    const [, block, rest] = /^blk\.(\d+)\.(.+)$/.exec(name) ?? [];
    if (block === undefined || rest === undefined) continue;
    blocks.set(Number(block), [...(blocks.get(Number(block)) ?? []), rest]);
  }
  return new Map([...blocks].map(([block, names]) => [block, names.sort().join(" ")]));
}

/**
 * The tensors of the file in the checkpoint's order.
 *
 * @param shapes name and shape of every parameter
 * @throws ResidencyError E_CHECKPOINT when a parameter is unknown, missing or of another shape than config.json says.
 */
export function planTensors(
  model: LlamaCppModel,
  shapes: readonly (readonly [name: string, shape: readonly number[]])[],
  wanted: GgufWritableType,
): PlannedTensor[] {
  const tensors: PlannedTensor[] = [];
  for (const [parameter, stored] of shapes) {
    const target = llamaCppTensor(parameter, model);
    if (!target) continue;
    const { name, layout } = target;
    const shape = llamaCppShape(stored, layout);
    tensors.push({ name, shape, type: llamaCppTensorType({ name, shape }, wanted), parameter, layout });
  }
  const embedding = tensors.find(({ name }) => name === "token_embd.weight");
  if (embedding?.shape.join() !== `${model.vocabSize},${model.hiddenSize}`) {
    incomplete(
      `its embedding is ${embedding ? `[${embedding.shape.join(", ")}]` : "missing"} instead of ` +
        `[${model.vocabSize}, ${model.hiddenSize}]`,
    );
  }
  for (const name of ["output_norm.weight", ...(model.tied ? [] : ["output.weight"])]) {
    if (!tensors.some((tensor) => tensor.name === name)) incomplete(`what becomes ${name} is missing`);
  }
  const blocks = blocksOf(tensors);
  const first = blocks.get(0);
  for (let block = 0; block < model.layers; block++) {
    if (first === undefined || blocks.get(block) !== first)
      incomplete(`parameters of layer ${block} are missing`);
  }
  if (blocks.size !== model.layers) incomplete(`it has ${blocks.size} layers instead of ${model.layers}`);
  return tensors;
}
