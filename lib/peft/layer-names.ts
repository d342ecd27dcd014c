/** The names of a model type's layers: what targets, patterns and modules to save may hold, checked by the compiler. */
import type { Embedding, LinearLayer, Module, Norm } from "../nn/index.ts";

/** The names, at any depth of a model type, of the properties that are layers of a kind. */
type NamesOf<M, Kind> = M extends Module
  ? {
      [K in keyof M & string]: M[K] extends Kind
        ? K
        : M[K] extends Module
          ? NamesOf<M[K], Kind>
          : M[K] extends readonly (infer Item)[]
            ? NamesOf<Item, Kind>
            : never;
    }[keyof M & string]
  : never;

/** The names of the linear layers of a model type. */
export type LinearNames<M> = NamesOf<M, LinearLayer>;

/** The names of the layers of a model type that LoRA can be added to: linear layers and embeddings. */
export type TargetNames<M> = NamesOf<M, LinearLayer | Embedding>;

/** The names of the layers of a model type that can be trained in full beside an adapter. */
export type SavedNames<M> = NamesOf<M, LinearLayer | Embedding | Norm>;

/** A key of `rankPattern` and `alphaPattern`: a target, the end of its dotted name, or a regular expression from `^`. */
export type PatternKey<Target extends string> = Target | `${string}.${Target}` | `^${string}`;
