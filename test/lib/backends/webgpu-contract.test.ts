/** The WebGPU backend keeps the contract. */
import { chooseTestGpu, leaveTestGpu, whyNoTestGpu } from "../../support/gpu.ts";
import { testBackend } from "./contract.ts";

/** WGSL asks for a cosine that is good to 2^-11 only, and SwiftShader gives no better one. */
const swiftShader = { cos: "off by 2e-4", sin: "off by 5e-5" };

describe("WebGPU", () => {
  const whyNot = whyNoTestGpu();
  if (whyNot === undefined) after(leaveTestGpu);
  testBackend("webgpu", {
    whyNot,
    // SwiftShader compiles a program in a second, and several of them in one test.
    timeout: 300_000,
    known: {
      "a sum of int32 is int32": "tfjs's program adds whole numbers as float32",
      ...(process.env["RESIDENCY_GPU"] === undefined ? swiftShader : {}),
    },
    prepare: () => {
      chooseTestGpu();
      return Promise.resolve();
    },
  });
});
