/** The module tree: parameters and submodules under the names that checkpoints use. */
import { Parameter } from "./parameter.ts";

/**
 * A part of a model. Its properties that are modules, lists of modules or parameters are its children, and the
 * property names, joined by dots, are the names in a checkpoint (`model.layers.0.self_attn.q_proj.weight`).
 *
 * @example
 * class Scale extends Module {
 *   readonly weight = new Parameter([4]);
 * }
 * [...new Scale().namedParameters()].map(([name]) => name); // → ["weight"]
 */
export abstract class Module {
  /** Whether dropout is on; see {@link Module.train}. */
  training = false;

  /** The direct children, by name. */
  *children(): Generator<[string, Module]> {
    for (const [name, value] of Object.entries(this) as [string, unknown][]) {
      if (value instanceof Module) yield [name, value];
      if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) {
          if (item instanceof Module) yield [`${name}.${index}`, item];
        }
      }
    }
  }

  /** The parameters of this very module, by name. */
  *ownParameters(): Generator<[string, Parameter]> {
    for (const [name, value] of Object.entries(this) as [string, unknown][]) {
      if (value instanceof Parameter) yield [name, value];
    }
  }

  /** Every module below and this one, by its dotted name; this one's name is the prefix. */
  *namedModules(prefix = ""): Generator<[string, Module]> {
    yield [prefix, this];
    for (const [name, child] of this.children()) {
      yield* child.namedModules(prefix === "" ? name : `${prefix}.${name}`);
    }
  }

  /** Every parameter by its dotted name; one that is shared (tied) comes once, under its first name. */
  *namedParameters(): Generator<[string, Parameter]> {
    const seen = new Set<Parameter>();
    for (const [moduleName, module] of this.namedModules()) {
      for (const [name, parameter] of module.ownParameters()) {
        if (seen.has(parameter)) continue;
        seen.add(parameter);
        yield [moduleName === "" ? name : `${moduleName}.${name}`, parameter];
      }
    }
  }

  /** The parameters that training changes, by name. */
  trainableParameters(): Map<string, Parameter> {
    return new Map([...this.namedParameters()].filter(([, parameter]) => parameter.requiresGrad));
  }

  /** Turns dropout on or off, here and below. */
  train(mode = true): void {
    for (const [, module] of this.namedModules()) module.training = mode;
  }

  /** Bytes of all parameters as they are held: 4 an element, less where a weight is packed. */
  getMemoryFootprint(): number {
    let bytes = 0;
    for (const [, parameter] of this.namedParameters()) bytes += parameter.byteSize;
    return bytes;
  }

  /** Gives the memory of all parameters back. */
  dispose(): void {
    for (const [, parameter] of this.namedParameters()) parameter.dispose();
  }
}
