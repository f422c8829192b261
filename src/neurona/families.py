"""The families of nets that recipes are listed by: dense, convolutional, transfer, generative and recurrent."""

from __future__ import annotations

from neurona.registered import registered

# In this order they are listed.
FAMILIES = ("dense", "convolutional", "transfer", "generative", "recurrent")
# The room of `neurona.nets` that a recipe's net comes from; what is in none of these is dense.
ROOMS = {
    "convolutional": ("conv", "graph", "known"),
    "generative": ("autoencoder", "variational", "gan"),
    "recurrent": ("sequences", "encoder_decoder", "linear_recurrent"),
    "transfer": ("transfer",),
}


def family_of(kind: str) -> str:
    """Return the family of a kind of net, one of `FAMILIES`, without waiting for PyTorch."""
    room = next(entry.room for entry in registered("NETS") if entry.name == kind)
    return next((family for family, rooms in ROOMS.items() if room in rooms), "dense")
