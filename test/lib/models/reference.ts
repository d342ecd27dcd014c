/** The fixtures of models: what the reference implementation computed on tiny checkpoints. */
import fs from "node:fs";
import { fixture } from "../../support/paths.ts";

/** One forward pass. */
export interface ForwardCase {
  input_ids: number[][];
  attention_mask?: number[][] | null;
  position_ids?: number[][] | null;
  logits: number[][][];
}

/** A padded batch with labels. */
export interface LabelledCase extends ForwardCase {
  attention_mask: number[][];
  labels: number[][];
  loss: number;
  loss_with_num_items_in_batch_37: number;
  /** By the smoothing, as text. */
  label_smoothing_loss: Record<string, number>;
  per_sequence_sum_logprob: number[];
}

/** Sums over the hidden states of one layer, and the first and last numbers. */
export interface HiddenStateSummary {
  shape: number[];
  sum: number;
  abs_sum: number;
  l2: number;
  first4: number[];
  last4: number[];
}

/** One greedy continuation. */
export interface GenerationCase {
  input_ids: number[][];
  attention_mask: number[][] | null;
  args: { max_new_tokens: number; eos_token_id?: number | number[]; pad_token_id: number };
  sequences: number[][];
}

/** The content of a model's expected.json. */
export interface ModelReference {
  num_parameters: number;
  parameter_shapes: Record<string, number[]>;
  rope_inv_freq?: number[];
  cases: {
    basic: ForwardCase & { hidden_states: HiddenStateSummary[] };
    right_pad: LabelledCase;
    left_pad: ForwardCase & { attention_mask: number[][]; position_ids: number[][] };
    long: { input_ids: number[][]; loss: number; last_position_logits: number[] };
    packed: ForwardCase & { position_ids: number[][] };
    generate: Record<string, GenerationCase>;
  };
}

/** Parses a JSON fixture, which tests trust to have the form that they name. */
export function readJson(...names: string[]): unknown {
  return JSON.parse(fs.readFileSync(fixture(...names), "utf8"));
}

/** The reference of a model folder; the other layout of GPT-2's keys shares GPT-2's. */
export function readReference(name: string): ModelReference {
  return readJson("models", name.replace("-hub-layout", ""), "expected.json") as ModelReference;
}
