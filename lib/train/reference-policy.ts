/** The reference that preference training measures a model against: another model, or the model as it was at the start. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { CausalLanguageModel } from "../nn/index.ts";
import { fingerprintOfParameters, fingerprintOfRows } from "./fingerprint.ts";

/** A fixed policy. */
export interface ReferencePolicy {
  /** Runs `pass` with the model in the state of the reference, dropout off; afterwards the model is as it was. */
  run<T>(pass: (model: CausalLanguageModel) => T): Promise<T>;
  /** Tells whether a run that goes on has the reference that it began with. */
  readonly fingerprint: string;
}

/** What a model with an adapter offers; PEFT's models do. */
interface WithAdapter extends CausalLanguageModel {
  disableAdapter<T>(fn: () => T): T | Promise<T>;
}

const hasAdapter = (model: CausalLanguageModel): model is WithAdapter =>
  "disableAdapter" in model && typeof model.disableAdapter === "function";

/** Runs `pass` with dropout off in all of a model. */
async function withoutTraining<T>(model: CausalLanguageModel, pass: () => T | Promise<T>): Promise<T> {
  const modules = [...model.root.namedModules()].map(([, module]) => module);
  const training = modules.filter((module) => module.training);
  model.root.train(false);
  try {
    return await pass();
  } finally {
    for (const module of training) module.training = true;
  }
}

/** LoRA's second matrix, which is zero in a fresh adapter, so that the adapter then adds nothing. */
const loraB = /\.lora_B\.(.+\.)?weight$/;
const loraA = /\.lora_A\.(.+\.)?weight$/;

/** The model as its trainable parameters make it now, whatever they become later. */
async function initialPolicy(model: WithAdapter): Promise<ReferencePolicy> {
  const parameters = model.root.trainableParameters();
  const names = [...parameters.keys()];
  const initial = new Map<string, Float32Array>();
  for (const [name, { value }] of parameters) initial.set(name, (await value.data<"float32">()).slice());
  const isFresh =
    names.every((name) => loraA.test(name) || loraB.test(name)) &&
    names.every((name) => loraA.test(name) || initial.get(name)!.every((entry) => entry === 0));
  if (isFresh) {
    return {
      fingerprint: "the model without its adapter",
      run: (pass) => withoutTraining(model, async () => model.disableAdapter(() => pass(model))),
    };
  }
  return {
    fingerprint: fingerprintOfRows([...initial]),
    run: (pass) =>
      withoutTraining(model, () => {
        const trained = new Map([...parameters].map(([name, { value }]) => [name, tf.clone(value)]));
        for (const [name, parameter] of parameters) {
          parameter.assign(tf.tensor(initial.get(name)!, [...parameter.shape], "float32"));
        }
        try {
          return pass(model);
        } finally {
          for (const [name, parameter] of parameters) parameter.assign(trained.get(name)!);
        }
      }),
  };
}

/** What a reference is made of. */
export interface ReferenceOptions {
  model: CausalLanguageModel;
  refModel?: CausalLanguageModel | undefined;
  /** Whether all of the reference's figures are made before the first step, while the model still is its own reference. */
  precompute: boolean;
}

/**
 * Passes when there is a reference.
 *
 * @throws ResidencyError E_CONFIG otherwise, and when refModel shares its weights with the model that is trained.
 */
export function checkReference({ model, refModel, precompute }: ReferenceOptions): void {
  if (refModel && refModel.root === model.root) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot train with a refModel that is the trained model itself, or the base that its adapter sits in: it would move " +
        "along. Leave refModel out for a model with an adapter; otherwise load the model a second time",
    );
  }
  if (refModel || precompute || hasAdapter(model)) return;
  throw new ResidencyError(
    "E_CONFIG",
    "Cannot train without a reference: all weights of the model are trained, so that it is not its own reference for long. Give " +
      "refModel, a frozen copy of the model (load it a second time), set precomputeRefLogProbs, or train an adapter (getPeftModel)",
  );
}

/**
 * The reference: refModel; else the model as it is now. A fresh LoRA adapter is switched off for a pass; one that was trained
 * before, or is not plain LoRA, has its first weights put in its place, as TRL 1.13 keeps a frozen copy of it.
 */
export async function referencePolicy({ model, refModel }: ReferenceOptions): Promise<ReferencePolicy> {
  const other = refModel ?? model;
  if (!refModel && hasAdapter(model)) return initialPolicy(model);
  return {
    fingerprint: await fingerprintOfParameters(other.root, () => true),
    run: (pass) => withoutTraining(other, () => pass(other)),
  };
}
