/** The GGUF codec: reads and writes what the gguf package wrote, to the byte, and refuses what is not a valid file. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  decodeGgufTensor,
  encodeGguf,
  encodeGgufTensor,
  parseGguf,
  type GgufMetadata,
  type GgufValue,
  type GgufWritableType,
} from "../../../lib/formats/index.ts";
import { ResidencyError } from "../../../lib/errors.ts";
import { seededRandom } from "../../../lib/random.ts";
import { fixture } from "../../support/paths.ts";
import { assertClose } from "../../support/closeness.ts";

const reference = new Uint8Array(readFileSync(fixture("gguf", "reference.gguf")));

function bytesOf(file: Uint8Array, name: string): Uint8Array {
  const { tensors, dataStart } = parseGguf(file);
  const { offset, byteLength } = tensors.get(name)!;
  return file.subarray(dataStart + offset, dataStart + offset + byteLength);
}

const refused = { name: "ResidencyError", code: "E_GGUF" };

describe("parseGguf", () => {
  it("gives every type of metadata when a file of the gguf package holds them", () => {
    const { metadata, version, alignment } = parseGguf(reference);
    assert.deepEqual([version, alignment], [3, 32]);
    const expected: Record<string, GgufValue> = {
      "general.architecture": { type: "string", value: "test" },
      "a.uint8": { type: "uint8", value: 200 },
      "a.int8": { type: "int8", value: -100 },
      "a.uint16": { type: "uint16", value: 60000 },
      "a.int16": { type: "int16", value: -30000 },
      "a.uint32": { type: "uint32", value: 4000000000 },
      "a.int32": { type: "int32", value: -2000000000 },
      "a.uint64": { type: "uint64", value: 2n ** 63n + 5n },
      "a.int64": { type: "int64", value: -(2n ** 62n) },
      "a.float32": { type: "float32", value: Math.fround(0.1) },
      "a.float64": { type: "float64", value: 0.1 },
      "a.bool": { type: "bool", value: true },
      "a.string": { type: "string", value: "grüße 🙂" },
      "a.strings": { type: "array", itemType: "string", value: ["Ġa", "", "é"] },
      "a.ints": { type: "array", itemType: "int32", value: [1, -2, 3] },
      "a.floats": { type: "array", itemType: "float32", value: [0.5, -1.5] },
      "a.bools": { type: "array", itemType: "bool", value: [true, false] },
    };
    assert.deepEqual(Object.fromEntries(metadata), expected);
  });

  it("gives tensors with the extents in PyTorch's order when a file holds them", () => {
    const { tensors } = parseGguf(reference);
    assert.deepEqual(
      [...tensors.values()].map(({ name, type, shape, byteLength }) => [name, type, shape, byteLength]),
      [
        ["f32", "F32", [3, 64], 768],
        ["f16", "F16", [3, 64], 384],
        ["bf16", "BF16", [3, 64], 384],
        ["q8_0", "Q8_0", [3, 64], 204],
        ["odd", "F32", [5], 20],
      ],
    );
    assert.deepEqual([...decodeGgufTensor(bytesOf(reference, "odd"), "F32")], [0, 1, 2, 3, 4]);
  });

  it("needs the header's bytes alone when the file's size is given", () => {
    const { dataStart, tensors } = parseGguf(reference);
    assert.deepEqual(parseGguf(reference.subarray(0, dataStart), reference.byteLength).tensors, tensors);
  });

  it("is refused with E_GGUF when the file ends at any earlier byte", () => {
    for (let length = 0; length < reference.byteLength - 12; length++) {
      assert.throws(() => parseGguf(reference.subarray(0, length)), refused, `${length} bytes`);
    }
  });

  it("gives a header within bounds or E_GGUF when bytes are changed at random", () => {
    const random = seededRandom(11);
    let kept = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const hostile = reference.slice();
      for (let change = random.int(3); change >= 0; change--) hostile[random.int(1200)] = random.int(256);
      try {
        const { tensors, dataStart } = parseGguf(hostile);
        kept++;
        for (const { offset, byteLength } of tensors.values()) {
          assert.ok(dataStart + offset + byteLength <= hostile.byteLength);
        }
      } catch (error) {
        assert.ok(error instanceof ResidencyError && error.code === "E_GGUF", String(error));
      }
    }
    assert.ok(kept > 100 && kept < 3900, `${kept} of 4000`);
  });

  it("is refused without taking memory when counts or lengths are huge", () => {
    const huge = (at: number): Uint8Array => {
      const file = reference.slice();
      new DataView(file.buffer).setBigUint64(at, 2n ** 62n, true);
      return file;
    };
    assert.throws(() => parseGguf(huge(8)), {
      ...refused,
      message: /the number of tensors is 4611686018427387904/,
    });
    assert.throws(() => parseGguf(huge(16)), { ...refused, message: /the number of metadata entries/ });
    assert.throws(() => parseGguf(huge(24)), { ...refused, message: /the length of a metadata key/ });
  });

  it("says what is wrong when magic, version or byte order is another", () => {
    const changed = (at: number, ...values: number[]): Uint8Array => {
      const file = reference.slice();
      file.set(values, at);
      return file;
    };
    assert.throws(() => parseGguf(changed(0, 0x50)), { ...refused, message: /"GGUF"/ });
    assert.throws(() => parseGguf(changed(4, 9)), { ...refused, message: /its version is 9; 2 and 3/ });
    assert.throws(() => parseGguf(changed(4, 0, 0, 0, 3)), { ...refused, message: /big-endian/ });
  });
});

describe("encodeGguf", () => {
  it("gives the gguf package's bytes when it writes what was read", () => {
    const { metadata, tensors } = parseGguf(reference);
    const written = encodeGguf(
      metadata,
      [...tensors.values()].map((tensor) => ({ ...tensor, bytes: bytesOf(reference, tensor.name) })),
    );
    assert.deepEqual(Buffer.compare(written, reference), 0);
  });

  it("places tensors at another alignment when the metadata asks for it", () => {
    const metadata: GgufMetadata = new Map([["general.alignment", { type: "uint32", value: 128 }]]);
    const tensor = { type: "F32", shape: [1], bytes: new Uint8Array(4).fill(1) } as const;
    const file = encodeGguf(metadata, [
      { ...tensor, name: "a" },
      { ...tensor, name: "b" },
    ]);
    const { tensors, dataStart } = parseGguf(file);
    assert.deepEqual([dataStart % 128, tensors.get("b")!.offset, file.byteLength - dataStart], [0, 128, 256]);
  });

  it("is refused when a value, a name, a shape or a length does not fit", () => {
    const bytes = new Uint8Array(4);
    const tensor = { name: "a", type: "F32", shape: [1], bytes } as const;
    const none: GgufMetadata = new Map();
    const wrong: [GgufMetadata, Parameters<typeof encodeGguf>[1], RegExp][] = [
      [new Map([["k", { type: "uint8", value: 256 }]]), [], /"k" is 256, which uint8 does not hold/],
      [new Map([["k", { type: "int32", value: 0.5 }]]), [], /"k" is 0.5/],
      [new Map([["general.alignment", { type: "uint32", value: 24 }]]), [], /power of two/],
      [none, [tensor, tensor], /"a" is taken/],
      [none, [{ ...tensor, name: "x".repeat(65) }], /longer than 64/],
      [none, [{ ...tensor, shape: [1, 1, 1, 1, 1] }], /5 extents/],
      [none, [{ ...tensor, type: "Q8_0" }], /multiples of 32/],
      [none, [{ ...tensor, shape: [2] }], /has 4 bytes, and its shape and type need 8/],
    ];
    for (const [metadata, tensors, message] of wrong) {
      assert.throws(() => encodeGguf(metadata, tensors), { ...refused, message });
    }
  });
});

describe("encodeGgufTensor and decodeGgufTensor", () => {
  const values = decodeGgufTensor(bytesOf(reference, "f32"), "F32");

  it("give the gguf package's bytes when values are rounded or quantised", () => {
    for (const [name, type] of [
      ["f32", "F32"],
      ["f16", "F16"],
      ["bf16", "BF16"],
      ["q8_0", "Q8_0"],
    ] as [string, GgufWritableType][]) {
      assert.equal(Buffer.compare(encodeGgufTensor(values, type), bytesOf(reference, name)), 0, name);
    }
  });

  it("keep Q8_0 values within half a step when they come back", () => {
    const back = decodeGgufTensor(encodeGgufTensor(values, "Q8_0"), "Q8_0");
    for (let start = 0; start < values.length; start += 32) {
      const block = values.slice(start, start + 32);
      const step = Math.max(...block.map(Math.abs)) / 127;
      assertClose(back.slice(start, start + 32), block, step * 0.57 + 1e-9, `block at ${start}`);
    }
  });

  it("are refused when a value is not finite or too large, or the type cannot be decoded", () => {
    assert.throws(() => encodeGgufTensor(new Float32Array([NaN]), "F32"), { code: "E_NUMERIC" });
    assert.throws(() => encodeGgufTensor(new Float32Array([1e5]), "F16"), {
      code: "E_NUMERIC",
      message: /BF16 or F32/,
    });
    assert.equal(decodeGgufTensor(encodeGgufTensor(new Float32Array([1e5]), "BF16"), "BF16")[0], 99840);
    assert.throws(() => encodeGgufTensor(new Float32Array(31), "Q8_0"), refused);
    assert.throws(() => decodeGgufTensor(new Uint8Array(144), "Q4_K"), refused);
    assert.throws(() => decodeGgufTensor(new Uint8Array(3), "F16"), refused);
    assert.throws(() => decodeGgufTensor(new Uint8Array(33), "Q8_0"), refused);
  });
});
