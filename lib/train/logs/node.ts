/** Log files on a disk. */
import { fs, host, path } from "../../files/index.ts";
import type { LogFolder } from "../log-files.ts";
import { cannotWrite } from "../write-error.ts";

/**
 * A folder of log files on a disk.
 *
 * @throws ResidencyError E_SAVE in each function when the system refuses to write.
 * @example
 * const logs = logFolder("out/logs");
 * logs.write("note.txt", "begun\n");
 * logs.append("note.txt", "ended\n");
 */
export function logFolder(folder: string): LogFolder {
  const attempt = (write: () => void): void => {
    try {
      write();
    } catch (error) {
      throw cannotWrite(folder, error);
    }
  };
  return {
    write: (file, content) =>
      attempt(() => {
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(path.join(folder, file), content);
      }),
    append: (file, content) => attempt(() => fs.appendFileSync(path.join(folder, file), content)),
    eventFileName() {
      const seconds = Math.floor(Date.now() / 1000);
      // TensorBoard reads the files of a folder in the order of their names.
      return `events.out.tfevents.${seconds}.${host.hostName}.${host.processId}.${performance.now().toFixed(0)}`;
    },
  };
}
