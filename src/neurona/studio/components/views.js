// The views by name: what draws each of them. A view reads studio.frame.scene[name], and asks with `look`.
import Confusion from "./confusion.js";
import Distributions from "./distributions.js";
import Gates from "./gates.js";
import Latent from "./latent.js";
import Line from "./line.js";
import Pad from "./pad.js";
import Picture from "./picture.js";
import Reconstructions from "./reconstructions.js";
import Samples from "./samples.js";
import Surface from "./surface.js";

export const VIEWS = {
  surface: Surface,
  line: Line,
  samples: Samples,
  reconstructions: Reconstructions,
  latent: Latent,
  gates: Gates,
  picture: Picture,
  pad: Pad,
  confusion: Confusion,
  distributions: Distributions,
};
