"""Where samples come from: synthetic sets, embedded tables, pictures, and tables of the user's own."""

from neurona.data.dataset import Dataset, Split, Target
from neurona.data.load import load
from neurona.data.sources import DATASETS

__all__ = ["DATASETS", "Dataset", "Split", "Target", "load"]
