/** The shapes of the base model, in the terms of config.json. */

/** Tokens of a training row, and the most that the model reads: a case report and its note, or a note, a question and its answer. */
export const contextLength = 768;

const common = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  max_position_embeddings: contextLength,
  tie_word_embeddings: true,
  attention_bias: false,
  mlp_bias: false,
};

/**
 * A shape by name; with 6,144 tokens, small has 3.4 million parameters, base 5.7 and large 9.7; tiny is for trying. Six layers are what looking a
 * value up takes (find the question's word, find it in the note, read on from there) with room to spare; width is what words
 * and facts take.
 */
export const modelShapes = {
  tiny: {
    ...common,
    ...{
      hidden_size: 32,
      intermediate_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      num_key_value_heads: 1,
    },
  },
  small: {
    ...common,
    ...{
      hidden_size: 192,
      intermediate_size: 448,
      num_hidden_layers: 6,
      num_attention_heads: 6,
      num_key_value_heads: 3,
    },
  },
  base: {
    ...common,
    ...{
      hidden_size: 256,
      intermediate_size: 640,
      num_hidden_layers: 6,
      num_attention_heads: 8,
      num_key_value_heads: 4,
    },
  },
  large: {
    ...common,
    ...{
      hidden_size: 320,
      intermediate_size: 832,
      num_hidden_layers: 7,
      num_attention_heads: 10,
      num_key_value_heads: 5,
    },
  },
} as const;

/** The name of a shape. */
export type ModelSize = keyof typeof modelShapes;
