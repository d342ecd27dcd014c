/** The part of the WebAssembly interface that is used here: TypeScript has it only together with a browser's. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
  }
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- it has no members here
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  function compile(bytes: ArrayBuffer): Promise<Module>;
  function validate(bytes: Uint8Array): boolean;
}
