/** The contract that every backend keeps: one suite of tests, run against each by its name. */
import assert from "node:assert/strict";
import { ensureBackend, setBackend, type BackendName } from "../../../lib/tensor/index.ts";
import { checkCase, type ContractCase } from "./contract/case.ts";
import { elementwiseCases } from "./contract/elementwise.ts";
import { describeGradients } from "./contract/gradients.ts";
import { describeMemory } from "./contract/memory.ts";
import { movingCases } from "./contract/moving.ts";
import { productCases } from "./contract/products.ts";
import { describeTraining } from "./contract/training.ts";
import { emptyCases, typeCases } from "./contract/types.ts";

/** Options of `testBackend`. */
export interface TestBackendOptions {
  /** Why the backend cannot be tried here: one skipped test then stands for all. */
  whyNot?: string | undefined;
  /** Called before the first test, for what the backend needs; it may take minutes. */
  prepare?: () => Promise<void>;
  /** How far values and gradients of lib/ops may be from plain JavaScript's; 2e-5 unless told otherwise. */
  tolerance?: number;
  /** Milliseconds that a test may take; a minute unless told otherwise. */
  timeout?: number;
  /** Cases that the backend is known to fail, by name, with the reason; each has to fail still. */
  known?: Readonly<Record<string, string>>;
}

const groups: [title: string, cases: readonly ContractCase[]][] = [
  ["products", productCases],
  ["element by element, reductions and softmax", elementwiseCases],
  ["moving", movingCases],
  ["data types", typeCases],
  ["tensors without elements", emptyCases],
];

/**
 * Describes the suite of one backend.
 *
 * @example
 * testBackend("wasm");
 */
export function testBackend(
  name: BackendName,
  { whyNot, prepare, tolerance = 2e-5, timeout = 60_000, known = {} }: TestBackendOptions = {},
): void {
  describe(`backend ${name}`, function () {
    if (whyNot !== undefined) {
      it(`keeps the contract (not tried: ${whyNot})`);
      return;
    }
    let previous: BackendName | undefined;
    this.timeout(timeout);

    before(async function () {
      this.timeout(400_000);
      previous = (await ensureBackend()).name;
      await prepare?.();
    });
    beforeEach(() => setBackend(name));
    after(async () => {
      if (previous !== undefined) await setBackend(previous);
    });

    for (const [title, cases] of groups) {
      describe(title, () => {
        for (const one of cases) {
          const reason = known[one.name];
          if (reason === undefined) it(one.name, () => checkCase(one));
          else it(`${one.name}: ${reason}`, () => assert.rejects(() => checkCase(one)));
        }
      });
    }
    describe("gradients", () => describeGradients(name, tolerance));
    describe("memory", () => describeMemory());
    describe("training", () => describeTraining(name));
  });
}
