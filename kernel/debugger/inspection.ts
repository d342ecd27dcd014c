/** Jupyter's own additions to the protocol: the notebook's variables without a pause, and values as they are displayed. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { KernelError } from "../errors.ts";
import type { JsonObject } from "../protocol/index.ts";
import type { DebugConnection } from "./debug-connection.ts";
import type { DebugHost } from "./debug-host.ts";
import { identifierArgument, numberArgument, optionalNumber } from "./request-arguments.ts";
import { inspectedGroup } from "./variables.ts";

/** Lists the notebook's variables; a front end may ask after every output, so requests that wait share one answer. */
export function createInspection(): (
  connection: DebugConnection,
) => Promise<{ variables: DebugProtocol.Variable[] }> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<{ variables: DebugProtocol.Variable[] }> | undefined;

  const list = async (connection: DebugConnection): Promise<{ variables: DebugProtocol.Variable[] }> => {
    const { inspector, evaluation, inspectedVariables } = connection;
    inspectedVariables.clear();
    await inspector.post("Runtime.releaseObjectGroup", { objectGroup: inspectedGroup });
    const values = await evaluation.notebook(inspectedGroup);
    return { variables: values.map(inspectedVariables.toVariable) };
  };
  return (connection) => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        const listed = list(connection);
        running = listed;
        next = undefined;
        return listed;
      });
    return next;
  };
}

/** A variable of a frame, or of the notebook, as a cell would display it. */
export async function richInspectVariables(connection: DebugConnection, given: JsonObject): Promise<object> {
  const { inspector, evaluation, pauses } = connection;
  const paused = pauses.paused();
  const id = paused ? optionalNumber(given, "frameId") : undefined;
  const frame = id === undefined ? undefined : pauses.frame(id);
  const name = identifierArgument(given, "variableName");
  richCount += 1;
  const group = `${inspectedGroup}.${richCount}`;
  try {
    const value = await evaluation.evaluate(name, { frame, paused, group });
    return { data: JSON.parse(await evaluation.represent(value, paused)) as JsonObject, metadata: {} };
  } finally {
    inspector.post("Runtime.releaseObjectGroup", { objectGroup: group }).catch(() => undefined);
  }
}

let richCount = 0;

/** Makes a value of a paused function a variable of the notebook, which later cells can use. */
export async function copyToGlobals(
  connection: DebugConnection,
  given: JsonObject,
  host: DebugHost,
): Promise<object> {
  const { evaluation, pauses, pausedVariables } = connection;
  const source = identifierArgument(given, "srcVariableName");
  const name = identifierArgument(given, "dstVariableName");
  const frame = pauses.frame(numberArgument(given, "srcFrameId"));
  const value = await evaluation.evaluate(source, { frame, paused: true });
  if (!(await evaluation.hasNotebook(name)) && !(await host.declare(name))) {
    throw new KernelError(
      "E_DEBUG",
      `Cannot make ${name} a variable of the notebook: TypeScript does not allow this name.`,
    );
  }
  await evaluation.setNotebook(name, value);
  return pausedVariables.toResult(value, name);
}
