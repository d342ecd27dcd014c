/** Every case of the reference's quantisation, to the byte. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from "../../../lib/formats/index.ts";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import {
  dequantize4bit,
  dequantizeBlockwise,
  dequantizeInt8Rows,
  dynamicCodebook,
  dynamicMap,
  fourBitCodebook,
  nestAbsmax,
  quantize4bit,
  quantizeBlockwise,
  quantizeInt8Rows,
  unnestAbsmax,
  type FourBitType,
} from "../../../lib/quant/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { fixture } from "../../support/paths.ts";

interface FourBitCase {
  quant_type: FourBitType;
  blocksize: number;
  input_dtype: "float32" | "bfloat16" | "float16";
  input: string;
  double_quant: boolean;
  offset?: number;
  near_tie_elements: number[];
}

interface Reference {
  cases: Record<string, FourBitCase>;
  blockwise8: Record<string, { blocksize: number; near_tie_elements: number[] }>;
  int8: Record<string, { threshold: number; outlier_columns: number[] | null }>;
  edge: Record<FourBitType, { all_zero_block: { packed: number[] } }>;
}

const reference = JSON.parse(fs.readFileSync(fixture("quant", "expected.json"), "utf8")) as Reference;
const tensors = new Map(readSafetensorsFile(fixture("quant", "quant.safetensors")));
const bytesOf = (name: string): Uint8Array => tensors.get(name)!.bytes;
const floatsOf = (name: string): Float32Array => tensors.get(name)!.values;
const sha256 = (values: Float32Array): string =>
  createHash("sha256")
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");

/** The 4-bit codes one by one, so that near ties can be left out. */
const nibbles = (packed: Uint8Array): number[] => [...packed].flatMap((byte) => [byte >> 4, byte & 15]);

/** Rounds to the type that the reference dequantised to. */
const rounded: Record<FourBitCase["input_dtype"], (values: Float32Array) => Float32Array> = {
  float32: (values) => values,
  bfloat16: (values) => bfloat16ToFloat32(float32ToBfloat16(values)),
  float16: (values) => float16ToFloat32(float32ToFloat16(values)),
};

/** The same numbers, 0 and -0 alike. */
function assertSame(actual: Float32Array, expected: Float32Array, skipped: readonly number[] = []): void {
  assert.equal(actual.length, expected.length);
  const wrong = [...actual.keys()].filter((i) => actual[i] !== expected[i] && !skipped.includes(i));
  assert.deepEqual(wrong, []);
}

describe("quantize4bit()", () => {
  for (const [name, one] of Object.entries(reference.cases)) {
    const { quant_type: quantType, blocksize: blockSize, near_tie_elements: ties } = one;

    it(`gives the reference's bytes and values of ${name}`, () => {
      const codes = quantize4bit(floatsOf(one.input), { quantType, blockSize });
      const expected = nibbles(bytesOf(`${name}.packed`));
      const actual = nibbles(codes.packed);
      assert.equal(actual.length, expected.length);
      assert.deepEqual(
        [...actual.keys()].filter((i) => actual[i] !== expected[i] && !ties.includes(i)),
        [],
      );
      let { absmax } = codes;
      if (one.double_quant) {
        const nested = nestAbsmax(absmax);
        assert.equal(nested.offset, Math.fround(one.offset!));
        assert.deepEqual([...nested.codes], [...bytesOf(`${name}.absmax`)]);
        assertSame(nested.absmax, floatsOf(`${name}.nested_absmax`));
        absmax = unnestAbsmax(nested);
        assertSame(absmax, floatsOf(`${name}.absmax_dequantised`));
      } else {
        assertSame(absmax, floatsOf(`${name}.absmax`));
      }
      if (!tensors.has(`${name}.dequant`)) return;
      const numbers = rounded[one.input_dtype](dequantize4bit({ ...codes, absmax }));
      assertSame(numbers, floatsOf(`${name}.dequant`), ties);
    });
  }

  for (const quantType of ["nf4", "fp4"] as const) {
    it(`gives the reference's codes of a block of zeros in ${quantType}, and each level back`, () => {
      const { packed } = quantize4bit(new Float32Array(8), { quantType });
      assert.deepEqual([...packed], reference.edge[quantType].all_zero_block.packed);
      const levels = fourBitCodebook(quantType).values.map((level) => level * 3);
      assertSame(dequantize4bit(quantize4bit(levels, { quantType })), levels);
    });
  }

  it("loses as much of normal numbers as bitsandbytes does", () => {
    const random = seededRandom(3);
    const values = Float32Array.from({ length: 200_000 }, () => random.normal());
    const errorOf = (quantType: FourBitType, blockSize: number): number => {
      const back = dequantize4bit(quantize4bit(values, { quantType, blockSize }));
      return back.reduce((sum, value, i) => sum + Math.abs(value - values[i]!), 0) / values.length;
    };
    // Mean errors of a million numbers of torch.randn.
    for (const [quantType, blockSize, expected] of [
      ["nf4", 64, 0.0728],
      ["nf4", 256, 0.08049],
      ["fp4", 64, 0.09655],
    ] as const) {
      const error = errorOf(quantType, blockSize);
      assert.ok(Math.abs(error / expected - 1) < 0.01, `${quantType} ${blockSize}: ${error}`);
    }
  });

  it("refuses a block size that is no power of two, NaN, infinity, and too few bytes", () => {
    assert.throws(() => quantize4bit(new Float32Array(4), { blockSize: 48 }), { code: "E_CONFIG" });
    for (const value of [NaN, Infinity]) {
      assert.throws(() => quantize4bit(new Float32Array([1, value])), { code: "E_NUMERIC" });
      assert.throws(() => quantizeInt8Rows(new Float32Array([1, value]), 2), { code: "E_NUMERIC" });
    }
    const codes = quantize4bit(new Float32Array(100));
    assert.throws(() => dequantize4bit({ ...codes, length: 200 }), { code: "E_SHAPE" });
  });
});

describe("dynamicMap()", () => {
  it("is bitsandbytes' map to the bit, signed and unsigned, and NF4 has its levels", () => {
    assert.equal(sha256(dynamicMap()), "e732639a65f497b4ad684bb166a4467708255edd5207757de8b8f0c7e1fda89c");
    assert.equal(
      sha256(dynamicMap({ signed: false })),
      "305f002cc11278fb769d13b25b9fd0c7c83c8402c40a878fe086f4039fde6398",
    );
    assert.equal(
      sha256(fourBitCodebook("nf4").values),
      "8501941daa1b8a90ad1bbfeb632e5101b5dddbc4bb52d6e55abcfd777e60c06a",
    );
  });
});

describe("quantizeBlockwise()", () => {
  for (const [name, { blocksize: blockSize, near_tie_elements: ties }] of Object.entries(
    reference.blockwise8,
  )) {
    it(`gives the reference's codes and values of ${name}`, () => {
      const book = dynamicCodebook();
      const result = quantizeBlockwise(floatsOf(`${name}.input`), book, { blockSize });
      const expected = bytesOf(`${name}.q`);
      assert.deepEqual(
        [...expected.keys()].filter((i) => expected[i] !== result.codes[i] && !ties.includes(i)),
        [],
      );
      assertSame(result.absmax, floatsOf(`${name}.absmax`));
      assertSame(dequantizeBlockwise(result, book, { blockSize }), floatsOf(`${name}.dequant`), ties);
    });
  }
});

describe("quantizeInt8Rows()", () => {
  const signed = (name: string): number[] => [...new Int8Array(bytesOf(name).slice().buffer)];

  it("gives the reference's codes and scales of a weight", () => {
    const weight = floatsOf("int8.weight");
    const rows = quantizeInt8Rows(weight, 32);
    assert.deepEqual([...rows.codes], signed("int8.CB"));
    assertSame(rows.absmax, floatsOf("int8.SCB"));
    const back = dequantizeInt8Rows(rows);
    for (const [i, value] of back.entries()) {
      assert.ok(Math.abs(value - weight[i]!) <= rows.absmax[Math.floor(i / 32)]! / 253);
    }
  });

  for (const [name, { threshold, outlier_columns: columns }] of Object.entries(reference.int8)) {
    it(`gives the reference's codes of activations: ${name}`, () => {
      const rows = quantizeInt8Rows(floatsOf(`int8.${name}.input`), 32, { threshold });
      assert.deepEqual([...rows.codes], signed(`int8.${name}.CA`));
      assertSame(rows.absmax, floatsOf(`int8.${name}.SCA`));
      assert.deepEqual(rows.outlierColumns, columns ?? []);
    });
  }
});
