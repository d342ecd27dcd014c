/** The backends that come with the package keep the contract. */
import { testBackend } from "./contract.ts";

testBackend("cpu");

// tfjs-backend-cpu's Cast, which it falls back to, leaves the bytes of whole numbers as they are.
const unchanged = "the cast leaves the bytes as they are";
testBackend("residency-cpu", {
  known: {
    "int32 and float32 add to float32": unchanged,
    "int32 and a plain number multiply to float32": unchanged,
    "a product of int32 matrices, cast from float32 and back": unchanged,
  },
});

// tfjs-backend-wasm as npm has it; nothing in lib relies on these.
testBackend("wasm", {
  known: {
    unsortedSegmentSum: "there is no such kernel",
    "cast of float32 to bool is true for all but zero": "the bytes of the floats are taken",
    "matMul over an inner dimension of zero": "the result is memory as it was",
    "sum of no elements": "the result is memory as it was",
  },
});
