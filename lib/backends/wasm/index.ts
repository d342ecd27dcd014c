/** The WebAssembly backend of tfjs, with kernels of its own where the stock ones waste time. */
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { registerWasmSlice } from "./slice.ts";

let patched = false;

/** Starts the backend; throws an Error when WebAssembly does not start. */
export async function startWasm(): Promise<void> {
  if (!(await tf.setBackend("wasm"))) throw new Error("WebAssembly did not start");
  if (!patched) registerWasmSlice();
  patched = true;
}
