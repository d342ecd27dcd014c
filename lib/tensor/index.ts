/** Tensors: choice of backend and seeded creation. */
export { backendNames, ensureBackend, setBackend, type BackendChoice, type BackendName } from "./backend.ts";
export { normalTensor, uniformTensor } from "./create.ts";
export { seededRandom, type SeededRandom } from "../random.ts";
export { nextTurn } from "./turn.ts";
