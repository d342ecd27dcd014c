/** The conditions of obstetrics and gynecology. */
import { ectopicPregnancy } from "./obstetrics-and-gynecology/ectopic-pregnancy.ts";
import { hyperemesis } from "./obstetrics-and-gynecology/hyperemesis.ts";
import { ovarianTorsion } from "./obstetrics-and-gynecology/ovarian-torsion.ts";
import { postpartumHemorrhage } from "./obstetrics-and-gynecology/postpartum-hemorrhage.ts";
import { preeclampsia } from "./obstetrics-and-gynecology/preeclampsia.ts";
import { tuboOvarianAbscess } from "./obstetrics-and-gynecology/tubo-ovarian-abscess.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const obstetricsAndGynecology: readonly Condition[] = [
  preeclampsia,
  ectopicPregnancy,
  postpartumHemorrhage,
  tuboOvarianAbscess,
  ovarianTorsion,
  hyperemesis,
];
