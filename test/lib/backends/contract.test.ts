/** The backends that come with the package keep the contract. */
import { testBackend } from "./contract.ts";

testBackend("cpu");

testBackend("residency-cpu");

// tfjs-backend-wasm as npm has it; nothing in lib relies on these.
testBackend("wasm", {
  known: {
    unsortedSegmentSum: "there is no such kernel",
    "cast of float32 to bool is true for all but zero": "the bytes of the floats are taken",
    "matMul over an inner dimension of zero": "the result is memory as it was",
    "sum of no elements": "the result is memory as it was",
  },
});
