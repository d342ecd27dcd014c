/** The matrix of an adapter that is another's, the other way round: what keeps the adapter of a tied head that of its embedding. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { Parameter } from "../nn/index.ts";

/** The transpose of a parameter, `[n, m]` of `[m, n]`: it has no values of its own and is trained, counted and disposed of there. */
export class TransposedParameter extends Parameter {
  readonly source: Parameter;

  constructor(source: Parameter) {
    super([...source.shape].reverse());
    this.source = source;
  }

  override get value(): tf.Tensor {
    return this.source.transposed;
  }

  override get byteSize(): number {
    return 0;
  }

  /** @throws ResidencyError E_CONFIG always. */
  override assign(): never {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot assign values to the adapter of a tied head: they are those of the embedding's adapter",
    );
  }

  override dispose(): void {
    // The source is not this parameter's.
  }
}

/** The values of a matrix as a pass takes them: through a transpose, gradients get to the source. */
export function trainedMatrix(parameter: Parameter): tf.Tensor2D {
  return parameter instanceof TransposedParameter
    ? tf.transpose(parameter.source.value as tf.Tensor2D)
    : (parameter.value as tf.Tensor2D);
}
