/** Matrix products refuse what does not fit, where the kernel itself would read past the end of a matrix. */
import assert from "node:assert/strict";
import { matMul, matMuls } from "../../../lib/ops/index.ts";
import { memory, type Tensor2D } from "@tensorflow/tfjs-core";
import { seededRandom } from "../../../lib/random.ts";
import { ensureBackend, setBackend, tensor2d } from "../../../lib/tensor/index.ts";

describe("matMul", () => {
  before(() => ensureBackend());

  it("multiplies matrices that fit, also read transposed", () => {
    const [a, b] = [tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tensor2d([1, 0, 2, 0, 1, 3], [2, 3])];
    assert.deepEqual(matMul(a, b, { transposeB: true }).arraySync(), [
      [7, 11],
      [16, 23],
    ]);
  });

  it("throws E_SHAPE with both shapes when the inner sizes differ", () => {
    const [a, b] = [tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tensor2d([1, 2], [2, 1])];
    assert.throws(() => matMul(a, b), { code: "E_SHAPE", message: /a \[2, 3\], b \[2, 1\]/ });
    assert.throws(() => matMul(a, a), { code: "E_SHAPE" });
    assert.throws(() => matMul(b, a, { transposeB: true }), { code: "E_SHAPE" });
  });
});

for (const backend of ["residency-cpu", "cpu"] as const) {
  describe(`matMuls on ${backend}`, () => {
    before(() => setBackend(backend));

    it("are the products that matMul makes, to the bit", () => {
      const random = seededRandom(5);
      const normals = (rows: number, columns: number): Tensor2D =>
        tensor2d(
          Array.from({ length: rows * columns }, () => random.normal()),
          [rows, columns],
        );
      const [x, w, dy] = [normals(301, 65), normals(130, 65), normals(301, 130)];
      const products = [
        { a: dy, b: w },
        { a: dy, b: x, transposeA: true },
        { a: x, b: w, transposeB: true },
        { a: normals(2, 3), b: normals(7, 2), transposeA: true, transposeB: true },
      ];
      const found = matMuls(products);
      assert.equal(found.length, products.length);
      for (const [index, { a, b, ...options }] of products.entries()) {
        const alone = matMul(a, b, options);
        assert.deepEqual(found[index]!.shape, alone.shape);
        assert.deepEqual(found[index]!.dataSync(), alone.dataSync());
      }
    });

    it("throw E_SHAPE where one product does not fit, and hold nothing then", () => {
      const [a, b] = [tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tensor2d([1, 2], [2, 1])];
      const { numTensors } = memory();
      assert.throws(
        () =>
          matMuls([
            { a, b: a, transposeB: true },
            { a, b },
          ]),
        { code: "E_SHAPE" },
      );
      assert.equal(memory().numTensors, numTensors);
    });
  });
}
