/** The mapping to llama.cpp: names, rotary order, metadata and vocabularies. */
import assert from "node:assert/strict";
import {
  llamaCppModel,
  llamaCppTensor,
  llamaCppTensorType,
  llamaCppValues,
  llamaCppVocabulary,
  permuteRotaryRows,
  type GgufValue,
  type LlamaCppNaming,
} from "../../../lib/formats/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose } from "../../support/closeness.ts";

const llama = {
  model_type: "llama",
  hidden_size: 32,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_hidden_layers: 2,
  intermediate_size: 64,
  vocab_size: 12,
  max_position_embeddings: 256,
  rms_norm_eps: 1e-5,
};

describe("llamaCppTensor", () => {
  const naming = (modelType: LlamaCppNaming["modelType"], tied = false): LlamaCppNaming => ({
    modelType,
    heads: 4,
    keyValueHeads: 2,
    tied,
  });
  const nameOf = (parameter: string, modelType: LlamaCppNaming["modelType"]): string | undefined =>
    llamaCppTensor(parameter, naming(modelType))?.name;

  it("gives llama.cpp's names when parameters are those of the families", () => {
    assert.equal(nameOf("model.embed_tokens.weight", "llama"), "token_embd.weight");
    assert.equal(nameOf("model.layers.11.self_attn.q_proj.weight", "mistral"), "blk.11.attn_q.weight");
    assert.equal(nameOf("model.layers.0.self_attn.k_proj.bias", "qwen2"), "blk.0.attn_k.bias");
    assert.equal(nameOf("model.layers.0.self_attn.q_norm.weight", "qwen3"), "blk.0.attn_q_norm.weight");
    assert.equal(nameOf("transformer.h.3.mlp.c_fc.weight", "gpt2"), "blk.3.ffn_up.weight");
    assert.equal(nameOf("h.3.attn.c_attn.bias", "gpt2"), "blk.3.attn_qkv.bias");
    assert.equal(nameOf("wpe.weight", "gpt2"), "position_embd.weight");
    assert.equal(nameOf("model.layers.1.self_attn.dense.bias", "phi"), "blk.1.attn_output.bias");
    assert.equal(nameOf("lm_head.bias", "phi"), "output.bias");
  });

  it("reorders queries and keys only when the architecture is a Llama's, and turns GPT-2's matrices", () => {
    const layoutOf = (parameter: string, modelType: LlamaCppNaming["modelType"]): unknown =>
      llamaCppTensor(parameter, naming(modelType))!.layout;
    const query = "model.layers.0.self_attn.q_proj.weight";
    const key = "model.layers.0.self_attn.k_proj.bias";
    assert.deepEqual(layoutOf(query, "llama"), { kind: "rotary", heads: 4 });
    assert.deepEqual(layoutOf(key, "mistral"), { kind: "rotary", heads: 2 });
    assert.deepEqual(layoutOf(query, "qwen2"), { kind: "same" });
    assert.deepEqual(layoutOf("h.0.mlp.c_proj.weight", "gpt2"), { kind: "transposed" });
    assert.deepEqual(layoutOf("h.0.mlp.c_proj.bias", "gpt2"), { kind: "same" });
    assert.deepEqual(
      [...llamaCppValues(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3], { kind: "transposed" })],
      [1, 4, 2, 5, 3, 6],
    );
  });

  it("leaves out buffers and a tied head, and refuses what it does not know", () => {
    assert.equal(nameOf("transformer.h.0.attn.bias", "gpt2"), undefined);
    assert.equal(nameOf("model.layers.0.self_attn.rotary_emb.inv_freq", "llama"), undefined);
    assert.equal(llamaCppTensor("lm_head.weight", naming("llama", true)), undefined);
    for (const unknown of [
      "model.layers.0.mlp.experts.0.weight",
      "model.layers.0.lm_head.weight",
      "constructor.weight",
    ]) {
      assert.throws(() => nameOf(unknown, "llama"), { code: "E_CHECKPOINT", message: /no place/ });
    }
  });

  it("keeps vectors, norms and positions in F32 and odd rows in F16 when a model is quantised", () => {
    const typeOf = (name: string, ...shape: number[]): string => llamaCppTensorType({ name, shape }, "Q8_0");
    assert.equal(typeOf("blk.0.ffn_up.weight", 64, 32), "Q8_0");
    assert.equal(typeOf("blk.0.ffn_up.weight", 32, 33), "F16");
    assert.equal(typeOf("blk.0.attn_norm.weight", 32), "F32");
    assert.equal(typeOf("position_embd.weight", 64, 32), "F32");
  });
});

describe("permuteRotaryRows", () => {
  it("keeps attention scores when neighbours are turned instead of halves", () => {
    const [heads, headDim, width] = [2, 8, 5];
    const random = seededRandom(4);
    const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
    const [query, key] = [draw(heads * headDim * width), draw(heads * headDim * width)];
    const [x, y] = [draw(width), draw(width)];
    const project = (weight: Float32Array, input: Float32Array, head: number): number[] =>
      Array.from({ length: headDim }, (_, row) =>
        input.reduce((sum, value, i) => sum + value * weight[(head * headDim + row) * width + i]!, 0),
      );
    const turn = (vector: number[], position: number, pairOf: (i: number) => [number, number]): number[] => {
      const turned = [...vector];
      for (let i = 0; i < headDim / 2; i++) {
        const angle = position * 10000 ** ((-2 * i) / headDim);
        const [a, b] = pairOf(i);
        turned[a] = vector[a]! * Math.cos(angle) - vector[b]! * Math.sin(angle);
        turned[b] = vector[a]! * Math.sin(angle) + vector[b]! * Math.cos(angle);
      }
      return turned;
    };
    const halves = (i: number): [number, number] => [i, i + headDim / 2];
    const neighbours = (i: number): [number, number] => [2 * i, 2 * i + 1];
    const score = (
      q: Float32Array,
      k: Float32Array,
      head: number,
      pairOf: (i: number) => [number, number],
    ): number => {
      const [a, b] = [turn(project(q, x, head), 7, pairOf), turn(project(k, y, head), 3, pairOf)];
      return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    };
    const [q, k] = [query, key].map((weight) => permuteRotaryRows(weight, heads * headDim, heads)) as [
      Float32Array,
      Float32Array,
    ];
    for (let head = 0; head < heads; head++) {
      assertClose([score(q, k, head, neighbours)], [score(query, key, head, halves)], 1e-5);
      assert.ok(Math.abs(score(query, key, head, neighbours) - score(query, key, head, halves)) > 1e-2);
    }
  });

  it("is refused when a head has an odd number of rows", () => {
    assert.throws(() => permuteRotaryRows(new Float32Array(6), 6, 2), { code: "E_SHAPE" });
  });
});

describe("llamaCppModel", () => {
  const modelOf = (config: object): ReturnType<typeof llamaCppModel> =>
    llamaCppModel({ ...llama, ...config }, { type: "F16", name: "n" });
  const valueOf = (config: object, key: string): unknown => modelOf(config).metadata.get(key)?.value;

  it("writes sizes, head dimension and rotary base when a Llama has them", () => {
    assert.equal(valueOf({}, "llama.attention.head_count_kv"), 2);
    assert.equal(valueOf({}, "llama.rope.freq_base"), 10000);
    assert.equal(valueOf({}, "llama.attention.key_length"), undefined);
    assert.equal(valueOf({ head_dim: 16 }, "llama.attention.key_length"), 16);
    assert.equal(
      valueOf({ rope_parameters: { rope_theta: 5e5, rope_type: "default" } }, "llama.rope.freq_base"),
      5e5,
    );
    assert.equal(valueOf({ rope_scaling: { type: "linear", factor: 4 } }, "llama.rope.scaling.factor"), 4);
  });

  it("gives Llama 3's frequency factors as a tensor when the config scales so", () => {
    const scaling = { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const { extraTensors } = modelOf({
      head_dim: 16,
      rope_scaling: { ...scaling, original_max_position_embeddings: 64 },
    });
    const [factors] = extraTensors;
    assert.equal(factors?.name, "rope_freqs.weight");
    // Wavelengths 2π·10000^(i/8): 6.3 is kept, 19.9 blended between 16 and 64, 62.8 too, 198 and more are stretched.
    const blend = (wavelength: number): number => {
      const smooth = (64 / wavelength - 1) / 3;
      return 1 / ((1 - smooth) / 8 + smooth);
    };
    const wavelengths = [1, 2].map((i) => 2 * Math.PI * 10000 ** (i / 8));
    assertClose(factors.values, [1, ...wavelengths.map(blend), 8, 8, 8, 8, 8], 1e-5);
  });

  it("counts the turned part of a head when a Phi turns only that", () => {
    const phi = {
      model_type: "phi",
      hidden_act: "gelu_new",
      layer_norm_eps: 1e-5,
      partial_rotary_factor: 0.5,
      num_key_value_heads: 4,
    };
    assert.equal(valueOf(phi, "phi2.rope.dimension_count"), 4);
    assert.equal(valueOf(phi, "general.architecture"), "phi2");
  });

  it("is refused when llama.cpp would compute something else", () => {
    const wrong: [object, RegExp][] = [
      [{ model_type: "bert" }, /"model_type" .* is "bert"/],
      [{ hidden_act: "relu" }, /hidden_act/],
      [{ quantization_config: { load_in_4bit: true } }, /before it is quantised/],
      [{ rope_scaling: { rope_type: "longrope" } }, /rope_type/],
      [{ model_type: "qwen2", use_sliding_window: true }, /use_sliding_window/],
      [{ vocab_size: undefined }, /"vocab_size" .* is missing/],
      [{ num_attention_heads: 5 }, /head_dim/],
    ];
    for (const [config, message] of wrong)
      assert.throws(() => modelOf(config), { code: "E_CHECKPOINT", message });
  });
});

describe("llamaCppVocabulary", () => {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: true };
  const added = (id: number, content: string, special: boolean): object => ({ id, content, special });
  const gpt2 = {
    model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2, Ġ: 3 }, merges: ["a b"] },
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    added_tokens: [added(4, "<|end|>", true), added(5, "  ", false)],
  };
  const vocabularyOf = (tokenizer: object, options: object = {}): Map<string, GgufValue> =>
    llamaCppVocabulary({
      tokenizer: tokenizer as Record<string, unknown>,
      config: {},
      vocabSize: 8,
      ...options,
    });
  const get = (vocabulary: Map<string, GgufValue>, key: string): unknown =>
    vocabulary.get(`tokenizer.ggml.${key}`)?.value;

  it("lists tokens, kinds and merges, filled up to the model's rows, when a tokenizer is byte-level", () => {
    const vocabulary = vocabularyOf(gpt2, { tokenizerConfig: { eos_token: { content: "<|end|>" } } });
    assert.deepEqual(get(vocabulary, "tokens"), ["a", "b", "ab", "Ġ", "<|end|>", "  ", "[PAD6]", "[PAD7]"]);
    assert.deepEqual(get(vocabulary, "token_type"), [1, 1, 1, 1, 3, 4, 5, 5]);
    assert.deepEqual(get(vocabulary, "merges"), ["a b"]);
    assert.deepEqual([get(vocabulary, "model"), get(vocabulary, "pre")], ["gpt2", "gpt-2"]);
    assert.deepEqual([get(vocabulary, "eos_token_id"), get(vocabulary, "bos_token_id")], [4, undefined]);
    assert.deepEqual([get(vocabulary, "add_bos_token"), get(vocabulary, "add_eos_token")], [false, false]);
  });

  it("names how texts are parted when the rule is SmolLM's, or given", () => {
    const sequence = (...pretokenizers: object[]): object => ({
      ...gpt2,
      pre_tokenizer: { type: "Sequence", pretokenizers },
    });
    const digits = { type: "Digits", individual_digits: true };
    assert.equal(get(vocabularyOf(sequence(digits, byteLevel)), "pre"), "smollm");
    const split = { type: "Split", pattern: { Regex: "x" }, behavior: "Isolated", invert: false };
    const own = sequence(split, { ...byteLevel, use_regex: false });
    assert.throws(() => vocabularyOf(own), { code: "E_TOKENIZER", message: /--pre/ });
    assert.equal(get(vocabularyOf(own, { preTokenizer: "qwen2" }), "pre"), "qwen2");
  });

  it("turns the order of merges into scores when a tokenizer falls back to bytes", () => {
    const tokenizer = {
      model: {
        type: "BPE",
        byte_fallback: true,
        unk_token: "<unk>",
        vocab: { "<unk>": 0, "<s>": 1, "<0x0A>": 2, "▁": 3, a: 4, aa: 5, "▁a": 6 },
        merges: [
          ["▁", "a"],
          ["a", "a"],
        ],
      },
      normalizer: {
        type: "Sequence",
        normalizers: [
          { type: "Prepend", prepend: "▁" },
          { type: "Replace", pattern: { String: " " }, content: "▁" },
        ],
      },
      post_processor: {
        type: "TemplateProcessing",
        single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      },
      added_tokens: [added(0, "<unk>", true), added(1, "<s>", true)],
    };
    const vocabulary = vocabularyOf(tokenizer, {
      vocabSize: 7,
      config: { bos_token_id: 1 },
      tokenizerConfig: { chat_template: "{{ messages }}" },
    });
    assert.equal(get(vocabulary, "model"), "llama");
    assert.deepEqual(get(vocabulary, "token_type"), [2, 3, 6, 1, 1, 1, 1]);
    assert.deepEqual(get(vocabulary, "scores"), [0, 0, 0, -2, -2, -1, 0]);
    assert.deepEqual(
      ["add_space_prefix", "add_bos_token", "add_eos_token", "unknown_token_id"].map((key) =>
        get(vocabulary, key),
      ),
      [true, true, false, 0],
    );
    assert.equal(vocabulary.get("tokenizer.chat_template")?.value, "{{ messages }}");
  });

  it("is refused when the tokenizer is of another kind or larger than the model", () => {
    assert.throws(() => vocabularyOf({ model: { type: "Unigram" } }), {
      code: "E_TOKENIZER",
      message: /Unigram/,
    });
    assert.throws(() => vocabularyOf(gpt2, { vocabSize: 5 }), {
      code: "E_TOKENIZER",
      message: /rows 0 to 4/,
    });
    assert.throws(() => vocabularyOf({ model: { type: "BPE", vocab: { a: "0" }, merges: [] } }), {
      code: "E_TOKENIZER",
    });
    assert.throws(() => vocabularyOf({ model: { type: "BPE", vocab: {}, merges: ["a b c"] } }), {
      code: "E_TOKENIZER",
    });
  });
});
