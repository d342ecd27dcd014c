/** Objects that can be called, as tokenizers are in transformers. */

/** The base of such objects: calling one calls its `_call`. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- only a constructor makes what is called
export class CallableObject {
  constructor() {
    const self = (...args: unknown[]): unknown => (self as unknown as Called)._call(...args);
    return Object.setPrototypeOf(self, new.target.prototype) as CallableObject;
  }
}

interface Called {
  _call(...args: unknown[]): unknown;
}
