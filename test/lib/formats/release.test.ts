/** Buffers that are given back. */
import assert from "node:assert/strict";
import { releaseBuffer } from "../../../lib/formats/index.ts";

describe("releaseBuffer()", () => {
  it("takes the memory away at once, and of a part that of the whole", () => {
    for (const bytes of [16, 1 << 20, 8]) {
      const whole = new Float32Array(bytes / 4);
      releaseBuffer(whole.subarray(1));
      assert.equal(whole.buffer.byteLength, 0);
      assert.equal(whole.length, 0);
      releaseBuffer(whole);
    }
  });

  it("leaves memory that threads share as it is", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    releaseBuffer(shared);
    assert.equal(shared.length, 8);
  });
});
