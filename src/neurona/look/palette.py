"""The colours of classes and lines, which colour-blind people tell apart."""

# Okabe and Ito, Color Universal Design (2008); their yellow is darkened, for a line of it on white is not seen.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#9A8F00")
