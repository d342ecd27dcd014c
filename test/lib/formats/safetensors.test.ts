/** The safetensors codec: round trips to the byte, and refuses what is not a valid file. */
import assert from "node:assert/strict";
import {
  bfloat16ToFloat32,
  encodeSafetensors,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  headerLength,
  parseHeader,
  toFloat32,
  type SafetensorsHeader,
} from "../../../lib/formats/index.ts";
import { assertClose } from "../../support/closeness.ts";

const parse = (file: Uint8Array): SafetensorsHeader => {
  const length = headerLength(file);
  return parseHeader(file.subarray(8, 8 + length), file.byteLength - 8 - length);
};

const withHeader = (json: string, dataBytes: number): Uint8Array => {
  const header = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + header.byteLength + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.byteLength), true);
  file.set(header, 8);
  return file;
};

describe("encodeSafetensors() and parseHeader()", () => {
  const values = new Float32Array([1, -0, Infinity, NaN, 1e-40, 3.5]);
  const file = encodeSafetensors(
    { b: { shape: [2, 3], values }, a: { shape: [], values: new Float32Array([7]), dtype: "BF16" } },
    { format: "pt" },
  );

  it("give back names, shapes, metadata and values", () => {
    const header = parse(file);
    assert.deepEqual([...header.tensors.keys()], ["a", "b"]);
    assert.deepEqual(header.metadata, { format: "pt" });
    const { shape, begin, end, dtype } = header.tensors.get("b")!;
    assert.deepEqual(shape, [2, 3]);
    assert.deepEqual(
      toFloat32(file.subarray(header.dataStart + begin, header.dataStart + end), dtype),
      values,
    );
    assert.equal(header.dataStart % 8, 0);
  });

  it("give the same bytes again from what was read", () => {
    assert.deepEqual(
      encodeSafetensors(
        { a: { shape: [], values: new Float32Array([7]), dtype: "BF16" }, b: { shape: [2, 3], values } },
        { format: "pt" },
      ),
      file,
    );
  });

  it("refuse every cut of a valid file with a coded error", () => {
    for (let length = 0; length < file.byteLength; length++) {
      const cut = file.subarray(0, length);
      assert.throws(
        () => {
          const header = headerLength(cut);
          if (8 + header > cut.byteLength) throw Object.assign(new Error("short"), { code: "E_SAFETENSORS" });
          parseHeader(cut.subarray(8, 8 + header), cut.byteLength - 8 - header);
        },
        { code: "E_SAFETENSORS" },
        `${length} bytes`,
      );
    }
  });

  const tensor = (extra: string): string => `{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}${extra}}`;
  const cases: Record<string, [json: string, dataBytes: number]> = {
    "a leading space": [" {}", 0],
    "an array": ["[]", 0],
    "a name that comes twice": [tensor(',"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'), 8],
    "an overlap": [tensor(',"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}'), 12],
    "a hole": [tensor(',"y":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}'), 16],
    "bytes behind the last tensor": [tensor(""), 9],
    "a shape that needs other bytes": ['{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', 8],
    "an unknown type": ['{"x":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}', 8],
    "a negative extent": ['{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', 8],
    "a shape whose product overflows": [
      '{"x":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}}',
      8,
    ],
    "three offsets": ['{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}', 8],
    "a null entry": ['{"x":null}', 0],
    "metadata that is no string": ['{"__metadata__":{"a":1}}', 0],
  };
  for (const [what, [json, dataBytes]] of Object.entries(cases)) {
    it(`refuse ${what}`, () => {
      assert.throws(() => parse(withHeader(json, dataBytes)), { code: "E_SAFETENSORS" });
    });
  }

  it("refuse a header length that no file has, before anything is allocated", () => {
    const prefix = new Uint8Array(8).fill(0xff);
    assert.throws(() => headerLength(prefix), { code: "E_SAFETENSORS", message: /18446744073709551615/ });
  });
});

describe("float16 and bfloat16", () => {
  it("round to the nearest, ties to even, at the edges of each range", () => {
    const half = (value: number): number => float32ToFloat16(new Float32Array([value]))[0]!;
    assert.equal(half(1), 0x3c00);
    assert.equal(half(-2), 0xc000);
    assert.equal(half(65504), 0x7bff);
    assert.equal(half(65520), 0x7c00);
    assert.equal(half(2 ** -24), 0x0001);
    assert.equal(half(2 ** -25), 0x0000);
    assert.equal(half(1.5 * 2 ** -24), 0x0002);
    assert.equal(half(1 + 2 ** -11), 0x3c00);
    assert.equal(half(1 + 3 * 2 ** -11), 0x3c02);
    assert.equal(half(NaN) & 0x7e00, 0x7e00);
    assert.deepEqual(
      float32ToBfloat16(new Float32Array([1, 1.00390625, -Infinity])),
      new Uint16Array([0x3f80, 0x3f80, 0xff80]),
    );
  });

  it("give every pattern back", () => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, pattern) => pattern);
    const finite = patterns.filter((pattern) => (pattern & 0x7c00) !== 0x7c00);
    assert.deepEqual(float32ToFloat16(float16ToFloat32(finite)), finite);
    const brains = patterns.filter((pattern) => (pattern & 0x7f80) !== 0x7f80);
    assert.deepEqual(float32ToBfloat16(bfloat16ToFloat32(brains)), brains);
    assertClose(float16ToFloat32(new Uint16Array([0x3555])), [0.333251953125], 0);
  });
});
