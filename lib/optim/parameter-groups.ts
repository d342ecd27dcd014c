/** Which parameters an optimiser treats differently, by their names: what decays, and what keeps its state in 32 bits. */

/** Transformers' patterns of what does not decay, and GPT-2's norms, which it knows by their class. */
const withoutDecay = [
  /bias/,
  /layernorm/,
  /rmsnorm/,
  /(?:^|\.)norm(?:$|\.)/,
  /_norm(?:$|\.)/,
  /(?:^|\.)ln_\w+\./,
];

/**
 * Transformers' rule: every parameter decays but biases and the weights of norms.
 *
 * @example
 * [decays("q_proj.weight"), decays("q_proj.bias"), decays("input_layernorm.weight")]; // → [true, false, false]
 */
export function decays(name: string): boolean {
  const lower = name.toLowerCase();
  return !withoutDecay.some((pattern) => pattern.test(lower));
}

/**
 * Whether a parameter is an embedding by its name in a checkpoint. Transformers' Trainer keeps the moments of these in 32
 * bits, as the rows of rare tokens change by few, large gradients (Dettmers et al., 2022, section 2.3).
 *
 * @example
 * isEmbedding("model.embed_tokens.weight"); // → true
 */
export function isEmbedding(name: string): boolean {
  return /(?:^|\.)(?:embed_\w+|wte|wpe)(?:\.\w+)*\.weight$/.test(name) && !/\.lora_/.test(name);
}
