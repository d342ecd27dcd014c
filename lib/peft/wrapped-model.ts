/** A causal language model that another one stands behind, which computes. */
import type * as tf from "@tensorflow/tfjs-core";
import type {
  CausalLanguageModel,
  CausalLMInput,
  CausalLMOutput,
  GenerateMethod,
  LabelLogProbs,
  Module,
  SummedLoss,
  TokenMatrix,
} from "../nn/index.ts";

/** Hands everything that a model does on to the one that it wraps, whose layers may have been exchanged meanwhile. */
export abstract class WrappedModel<M extends CausalLanguageModel> implements CausalLanguageModel {
  readonly base: M;

  constructor(base: M) {
    this.base = base;
  }

  get root(): Module {
    return this.base.root;
  }

  get eosTokenIds(): readonly number[] {
    return this.base.eosTokenIds;
  }

  get nameOrPath(): string {
    return this.base.nameOrPath ?? "";
  }

  get countsFirstLabel(): boolean {
    return this.base.countsFirstLabel ?? false;
  }

  forward(input: CausalLMInput & { labels: TokenMatrix }): CausalLMOutput & { loss: tf.Scalar };
  forward(input: CausalLMInput): CausalLMOutput;
  forward(input: CausalLMInput): CausalLMOutput {
    return this.base.forward(input);
  }

  summedLoss(input: CausalLMInput & { labels: TokenMatrix }): SummedLoss {
    return this.base.summedLoss(input);
  }

  labelLogProbs(input: CausalLMInput & { labels: TokenMatrix }): LabelLogProbs {
    return this.base.labelLogProbs(input);
  }

  get generate(): GenerateMethod {
    return this.base.generate;
  }
}
