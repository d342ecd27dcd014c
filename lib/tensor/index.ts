/** Tensors: choice of backend and seeded creation. */
export { backendNames, ensureBackend, setBackend, type BackendChoice, type BackendName } from "./backend.ts";
export { setDevice, type Device } from "./device.ts";
export { normalTensor, uniformTensor } from "./create.ts";
/** TensorFlow.js' own ways to make a tensor of given values, for programs that import this library alone. */
export { tensor, tensor2d, tensor4d } from "@tensorflow/tfjs-core";
export { seededRandom, type RandomDraws, type SeededRandom } from "../random.ts";
export { nextTurn } from "./turn.ts";
