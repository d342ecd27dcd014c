/** Matrix products refuse what does not fit, where the kernel itself would read past the end of a matrix. */
import assert from "node:assert/strict";
import { matMul } from "../../../lib/ops/index.ts";
import { ensureBackend, tensor2d } from "../../../lib/tensor/index.ts";

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
