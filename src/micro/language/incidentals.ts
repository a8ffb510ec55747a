import type { Random } from "../../random/random.ts";
import { showsTone } from "../world/draw.ts";
import type { Scene } from "../world/scene.ts";

/** An attribute that is seen and only sometimes said; its texts may hold template choices. */
export interface Incidental {
  /** Before the noun. */
  readonly adjective?: string;
  /** Behind the noun or the clause. */
  readonly behind?: string;
  /** On its own. */
  readonly clause: string;
  /** Comes last where it stands alone: after it, "it" would mean something else. */
  readonly last?: boolean;
}

const mentionChance = 0.4;

/** Which incidental attributes of a scene a caption tells, each with probability 0.4; the backdrop's tone only where it is drawn. */
export function chooseIncidentals(scene: Scene, random: Random): Incidental[] {
  const all: (Incidental | undefined)[] = [
    { adjective: scene.size, clause: `the [size|subject|size of it] <is> ${scene.size}` },
    side(scene.side),
    showsTone(scene) ? tone(scene.tone) : undefined,
    scene.companion === undefined ? undefined : companion(scene.companion),
  ];
  const chosen = all.map(incidental => (random.chance(mentionChance) ? incidental : undefined));
  return random.shuffle(chosen.filter(incidental => incidental !== undefined));
}

function side(side: Scene["side"]): Incidental {
  const place = side === "center" ? "in the center" : `[on|at|to] the ${side}`;
  return { behind: `[|<set> ]${place}`, clause: `[the subject is <set> ${place}|the [place|spot|position] is ${place}]` };
}

function tone(tone: Scene["tone"]): Incidental {
  return { behind: `[on|against|over|before] a [plain|] ${tone} <backdrop>`, clause: `[the <backdrop> <is> ${tone}|a [plain|] ${tone} <backdrop> lies behind]` };
}

function companion(companion: NonNullable<Scene["companion"]>): Incidental {
  const corner = "[above|nearby|in the corner|in a top corner|overhead]";
  return { behind: `[with|beside|next to] a ${companion} [${corner}|]`, clause: `[a ${companion} is ${corner}|there is a ${companion} ${corner}|a ${companion} [appears|hangs|sits] ${corner}]`, last: true };
}
