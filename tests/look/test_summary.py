"""The layers of a net as a table."""

from neurona.look import summary


def test_text_counts_the_parameters_of_each_layer(result):
    lines = summary.text(result("spiral")).splitlines()
    assert lines[0].split() == ["layer", "kind", "output", "parameters", "trained"]
    hidden = next(line for line in lines if line.startswith("hidden1"))
    assert hidden.split()[-2:] == ["96", "96"], "2 x 32 weights and 32 biases"
    assert lines[-1].split() == ["total", "195", "195"], "and 32 x 3 weights and 3 biases"


def test_frozen_parameters_are_told_from_trained_ones(result):
    assert summary.text(result("boxcar")).splitlines()[-1].split() == ["total", "63", "7"]
