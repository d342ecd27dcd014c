/** BitsAndBytesConfig and the JSON of a 4-bit weight: what is read, and what is refused by name. */
import assert from "node:assert/strict";
import {
  BitsAndBytesConfig,
  decodeFourBit,
  encodeFourBit,
  fourBitPartOf,
  fromQuantizationConfigJson,
  nestAbsmax,
  quantize4bit,
} from "../../../lib/quant/index.ts";

describe("BitsAndBytesConfig", () => {
  it("has the defaults of transformers and survives its JSON", () => {
    const config = new BitsAndBytesConfig({ loadIn4bit: true });
    assert.equal(config.bnb4bitQuantType, "fp4");
    assert.deepEqual(config.packing, { format: "fp4", blockSize: 64, doubleQuant: false });
    const full = new BitsAndBytesConfig({
      loadIn4bit: true,
      bnb4bitQuantType: "nf4",
      bnb4bitUseDoubleQuant: true,
      bnb4bitComputeDtype: "bfloat16",
      llmInt8SkipModules: ["lm_head", "q_proj"],
    });
    assert.deepEqual(fromQuantizationConfigJson(full.toJson()), full);
    assert.deepEqual(new BitsAndBytesConfig({ loadIn8bit: true }).packing, { format: "int8" });
  });

  it("skips the head alone unless names are given", () => {
    const config = new BitsAndBytesConfig({ loadIn4bit: true });
    assert.ok(config.skips("lm_head"));
    assert.ok(!config.skips("model.layers.0.self_attn.q_proj"));
    const named = new BitsAndBytesConfig({
      loadIn4bit: true,
      llmInt8SkipModules: ["q_proj", "model.layers.1"],
    });
    assert.ok(named.skips("model.layers.0.self_attn.q_proj"));
    assert.ok(named.skips("model.layers.1.mlp.up_proj"));
    assert.ok(!named.skips("model.layers.11.mlp.up_proj"));
    assert.ok(!named.skips("lm_head"));
  });

  it("refuses both or neither of 4 and 8 bits, unknown types and other methods", () => {
    assert.throws(() => new BitsAndBytesConfig({}), { code: "E_CONFIG", message: /exactly one/ });
    assert.throws(() => new BitsAndBytesConfig({ loadIn4bit: true, loadIn8bit: true }), { code: "E_CONFIG" });
    // @ts-expect-error no such type
    assert.throws(() => new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "int4" }), {
      code: "E_CONFIG",
      message: /"int4"/,
    });
    assert.throws(() => fromQuantizationConfigJson({ quant_method: "gptq" }), {
      code: "E_CHECKPOINT",
      message: /"gptq"/,
    });
    assert.throws(
      () =>
        fromQuantizationConfigJson({
          quant_method: "bitsandbytes",
          load_in_4bit: true,
          bnb_4bit_quant_type: 4,
        }),
      { code: "E_CHECKPOINT", message: /bnb_4bit_quant_type/ },
    );
  });
});

describe("encodeFourBit()", () => {
  // The vector of bitsandbytes' own state dictionary: A[i] = sin(0.37 i) · 0.05 · (1 + 0.01 i).
  const values = Float32Array.from(
    { length: 64 * 320 },
    (_, i) => Math.sin(0.37 * i) * 0.05 * (1 + 0.01 * i),
  );
  const codes = quantize4bit(values);
  const nested = nestAbsmax(codes.absmax);
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

  it("writes the JSON that bitsandbytes writes, with and without quantised scales", () => {
    const plain = encodeFourBit("w", { codes: quantize4bit(values.slice(0, 128)), shape: [2, 64] });
    assert.equal(
      text(plain["w.quant_state.bitsandbytes__nf4"]!.bytes),
      '{"quant_type": "nf4", "blocksize": 64, "dtype": "float32", "shape": [2, 64]}',
    );
    assert.equal(
      Buffer.from(plain["w"]!.bytes.subarray(0, 32)).toString("hex"),
      "7acdeddb9632111247adeeedc9531111247bdefeec9521001147befffed95210",
    );
    const double = encodeFourBit("w", { codes, shape: [64, 320] }, { nested });
    assert.equal(
      text(double["w.quant_state.bitsandbytes__nf4"]!.bytes),
      '{"quant_type": "nf4", "blocksize": 64, "dtype": "float32", "shape": [64, 320], ' +
        '"nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 5.174206256866455}',
    );
    assert.deepEqual([...double["w.absmax"]!.bytes.subarray(0, 8)], [0, 0, 0, 1, 1, 2, 2, 3]);
  });

  const partsOf = (changed: Record<string, { dtype: "F32" | "U8"; bytes: Uint8Array } | undefined>) => {
    const parts = new Map(
      Object.entries(encodeFourBit("w", { codes, shape: [64, 320] }, { nested })).map(([name, tensor]) => [
        fourBitPartOf(name)?.part ?? "",
        tensor,
      ]),
    );
    for (const [part, tensor] of Object.entries(changed)) {
      if (tensor) parts.set(part, { shape: [tensor.bytes.length], ...tensor });
      else parts.delete(part);
    }
    return parts;
  };

  it("is read back as it was", () => {
    const stored = decodeFourBit("w", partsOf({}));
    assert.deepEqual(stored.codes.packed, codes.packed);
    assert.deepEqual(stored.nested, nested);
    assert.deepEqual(stored.shape, [64, 320]);
  });

  const state = (json: string) => ({
    "quant_state.bitsandbytes__nf4": { dtype: "U8" as const, bytes: new TextEncoder().encode(json) },
  });
  for (const [what, changed, pattern] of [
    ["a missing state", { "quant_state.bitsandbytes__nf4": undefined }, /quant_state is missing/],
    ["a missing weight", { "": undefined }, /packed weight is missing/],
    ["missing scales", { absmax: undefined }, /absmax is missing/],
    ["a missing inner map", { nested_quant_map: undefined }, /nested_quant_map is missing/],
    ["a state that is no JSON", state("{"), /not JSON/],
    ["a block size of 0", state('{"blocksize": 0, "shape": [2, 64]}'), /blocksize is 0/],
    ["a shape of text", state('{"blocksize": 64, "shape": "all"}'), /shape is "all"/],
    [
      "another codebook",
      { quant_map: { dtype: "F32", bytes: new Uint8Array(64) } },
      /quant_map is not that of nf4/,
    ],
    ["too few bytes", { "": { dtype: "U8", bytes: new Uint8Array(9) } }, /9 bytes/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => decodeFourBit("w", partsOf(changed)), { code: "E_CHECKPOINT", message: pattern });
    });
  }
});
