/** The parts of a layer that exist once an adapter, in the tree under the adapter's name: `lora_A.default.weight`. */
import { Module, Parameter, type Linear } from "../nn/index.ts";

/** Modules by adapter. */
export class AdapterModules<M extends Module = Linear> extends Module {
  readonly #slots = new Map<string, M>();

  get(adapter: string): M | undefined {
    return this.#slots.get(adapter);
  }

  set(adapter: string, module: M): void {
    this.#slots.set(adapter, module);
  }

  delete(adapter: string): void {
    this.#slots.delete(adapter);
  }

  adapters(): string[] {
    return [...this.#slots.keys()];
  }

  // A name such as "train" as a property would hide the method.
  override *children(): Generator<[string, Module]> {
    yield* this.#slots;
  }
}

/** Parameters by adapter. */
export class AdapterParameters extends Module {
  readonly #slots = new Map<string, Parameter>();

  set(adapter: string, parameter: Parameter): void {
    this.#slots.set(adapter, parameter);
  }

  delete(adapter: string): void {
    this.#slots.delete(adapter);
  }

  override *ownParameters(): Generator<[string, Parameter]> {
    yield* this.#slots;
  }
}

/** DoRA's lengths, one an output: the parameter is called `lora_magnitude_vector.default.weight`. */
export class MagnitudeVector extends Module {
  readonly weight: Parameter;

  constructor(outputs: number) {
    super();
    this.weight = new Parameter([outputs]);
  }
}
