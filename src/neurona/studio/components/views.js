// The views by name: what draws each of them. A view reads studio.frame.scene[name], and asks with `look`.
import Confusion from "./confusion.js";
import Counting from "./counting.js";
import Distributions from "./distributions.js";
import Drawn from "./drawn.js";
import Gates from "./gates.js";
import Labels from "./labels.js";
import Latent from "./latent.js";
import Line from "./line.js";
import Pad from "./pad.js";
import Picture from "./picture.js";
import Reconstructions from "./reconstructions.js";
import Rows from "./rows.js";
import Samples from "./samples.js";
import Surface from "./surface.js";
import Text from "./text.js";
import Values from "./values.js";
import WhatIf from "./whatif.js";
import Writing from "./writing.js";

export const VIEWS = {
  surface: Surface,
  line: Line,
  counting: Counting,
  text: Text,
  writing: Writing,
  reconstructions: Reconstructions,
  rows: Rows,
  latent: Latent,
  samples: Samples,
  drawn: Drawn,
  gates: Gates,
  picture: Picture,
  pad: Pad,
  labels: Labels,
  values: Values,
  confusion: Confusion,
  whatif: WhatIf,
  distributions: Distributions,
};
