/** The shapes of the base model, in the terms of config.json. */

/** Tokens of a training row, and the most that the model reads: a case report and its note, or a note, a question and its answer. */
export const contextLength = 768;

const common = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  rms_norm_eps: 1e-5,
  // With 10,000 most coordinates have turned away over the length of a note, and a word no longer matches itself.
  rope_theta: 1_000_000,
  max_position_embeddings: contextLength,
  tie_word_embeddings: true,
  attention_bias: false,
  mlp_bias: false,
};

/** A shape. */
function shapeOf(width: number, inner: number, layers: number, heads: { query: number; keyValue: number }) {
  return {
    ...common,
    hidden_size: width,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads.query,
    num_key_value_heads: heads.keyValue,
    // Twice as much is usual at this width, but then what is drawn is louder than the circuits that are written (copy-circuits.ts).
    initializer_range: 0.02,
  };
}

/**
 * A shape by name; with 6,144 tokens, small has 3.3 million parameters, base 5.7 and large 9.3; tiny is for trying. Six layers
 * are what looking a value up takes (find the question's word, find it in the note, read on from there) with room to spare;
 * width is what words and facts take.
 */
export const modelShapes = {
  tiny: shapeOf(32, 64, 2, { query: 2, keyValue: 1 }),
  small: shapeOf(192, 448, 6, { query: 3, keyValue: 1 }),
  base: shapeOf(256, 640, 6, { query: 4, keyValue: 2 }),
  large: shapeOf(320, 832, 7, { query: 5, keyValue: 1 }),
};

/** The name of a shape. */
export type ModelSize = keyof typeof modelShapes;
