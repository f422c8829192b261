"""The words of the views of families of nets: values, labels, rows, texts, what is written, and what is counted."""

from __future__ import annotations

from neurona.language import _


def of_families() -> dict[str, str]:
    """Return the words of these views, by the name that their components have for them."""
    tables = {**_values(), **_labels(), **_rows(), **_whatif(), **_drawn()}
    return {**_tabs(), **tables, **_texts(), **_writing(), **_counting(), **_pad()}


def _tabs() -> dict[str, str]:
    return {
        "counting_tab": _("The two weights"),
        "counting_help": _("The way of U and W over the loss surface, and how they count the ones of a sequence."),
        "text_tab": _("Text"),
        "text_help": _("What the net writes, while it learns to."),
        "writing_tab": _("Written"),
        "writing_help": _("What the decoder writes of a sample, word for word, and its states meanwhile."),
        "rows_tab": _("Given back"),
        "rows_help": _("Rows of the table, and what the net reads back from their codes, feature by feature."),
        "labels_tab": _("Labels"),
        "labels_help": _("The probability of each label, and how well each is found."),
        "values_tab": _("Predicted"),
        "values_help": _("Predicted against true values, and by how much they miss."),
    }


def _values() -> dict[str, str]:
    return {
        "values": _("Predicted against true values"),
        "true_value": _("true"),
        "predicted_value": _("predicted"),
        "residual": _("predicted − true"),
        "residuals": _("Predicted − true"),
        "true_and_predicted": _("true {truth}, predicted {predicted}"),
        "scores": _("RMSE {rmse} · MAE {mae} · R² {r2}"),
        "target_column": _("Target"),
    }


def _labels() -> dict[str, str]:
    return {
        "labels": _("Which labels are given"),
        "this_sample": _("This sample"),
        "labels_of": _("{count} samples of {split}"),
        "probability": _("Probability"),
        "true_label": _("True"),
        "have_it": _("Have it"),
        "given_it": _("Given it"),
        "precision": _("Precision"),
        "precision_help": _("The share of samples with the label among those that are given it."),
        "recall": _("Recall"),
        "recall_help": _("The share of samples that are given the label among those that have it."),
        "has_it": _("has it"),
        "has_it_not": _("does not have it"),
        "is_right": _("right"),
        "is_wrong": _("wrong"),
        "labels_note": _(
            "A label is given from a probability of one half on (the dashed line); ● is true, ✗ is wrong."
        ),
    }


def _rows() -> dict[str, str]:
    return {
        "rows": _("Rows and what the net gives back"),
        "rows_before": _("What goes in"),
        "rows_after": _("What comes back"),
        "rows_error": _("Error"),
        "rows_note": _(
            "Each of the {count} lines of a map is a row of the table, each column a feature; blue is above the mean, "
            "orange below it, and the colour is full at {reach} deviations. Click on a line to choose it."
        ),
        "row_number": _("row {number}"),
        "value": _("Value"),
        "error": _("Error"),
        "error_help": _("What is given back minus what went in, in deviations of the feature."),
        "rmse_of_all": _("RMSE of all"),
        "rmse_help": _("The root mean squared error over all samples that the net is judged by, in deviations."),
    }


def _texts() -> dict[str, str]:
    return {
        "text": _("What the net writes"),
        "prompt": _("The text begins with"),
        "prompt_help": _("What the net goes on from; without it, it begins like a line."),
        "no_prompt": _("the start of a line"),
        "temperature": _("Temperature"),
        "temperature_help": _("At 0 the likeliest is always taken, at 1 each as often as the net finds it likely."),
        "other_luck": _("Draw again"),
        "luck_help": _("Other random numbers; until then they stay the same, so that only the net changes."),
        "comes_first": _("What comes first"),
        "comes_next": _("What comes next"),
    }


def _writing() -> dict[str, str]:
    return {
        "writing": _("What the decoder writes"),
        "writes": _("Written"),
        "should_write": _("Right"),
        "looks_at": _("Where each step looks (rows: what was read)"),
        "glances": _("Where each step looks: darker places of the picture count more"),
    }


def _counting() -> dict[str, str]:
    return {
        "counting": _("The two weights and what they count"),
        "counting_surface": _("The loss over U and W: the bluer, the smaller. With U = W = 1 the unit counts."),
        "counting_sequence": _("One sequence, bit by bit. Each bit should weigh 1; it weighs U W^(steps to the end)."),
        "counted": _("State, and ones so far (dashed)"),
        "weighs": _("What each bit weighs in the answer"),
        "counts_to": _("counts to"),
        "ones_there": _("ones there"),
    }


def _pad() -> dict[str, str]:
    return {
        "pad_keys": _(
            "Arrow keys move the cross (Home, End and the page keys aslant), space puts the pen down or lifts it; "
            "Delete takes the eraser, Backspace undoes, Esc clears."
        ),
        "eraser": _("Eraser"),
        "pen_down": _("The pen is down: arrow keys draw."),
        "pen_up": _("The pen is up."),
        "erases": _("The eraser is down: arrow keys erase."),
        "eraser_up": _("The eraser is up."),
    }


def _whatif() -> dict[str, str]:
    return {
        "whatif_tab": _("What if"),
        "whatif_help": _("A row of the table whose values you change, and what the net answers then."),
        "whatif": _("A row whose values you change"),
        "whatif_values": _("Values of the row"),
        "whatif_row": _("Row"),
        "whatif_back": _("As in the table"),
        "whatif_back_help": _("Take the values of the row as the table has them."),
        "whatif_was": _("As in the table: {value}"),
        "whatif_missing": _("(missing)"),
        "whatif_unanswered": _("No answer: a value cannot be read."),
        "whatif_along": _("Along"),
        "whatif_curve": _("What the net answers along {name}, all other values as they are"),
        "whatif_now": _("Now {value}"),
    }


def _drawn() -> dict[str, str]:
    return {
        "drawn_tab": _("New samples"),
        "drawn_help": _("Rows that the net draws, beside real ones, and how each column is distributed."),
        "drawn": _("Drawn rows and real ones"),
        "drawn_column": _("Column"),
        "drawn_distribution": _("Distribution"),
        "drawn_rows": _("Drawn"),
        "drawn_real": _("Real"),
        "drawn_mean": _("Mean ± σ"),
        "drawn_taken": _("taken for real"),
        "drawn_spread": _("{name}: real {real}, drawn {drawn}"),
        "drawn_note": _(
            "Blue: {drawn} drawn rows, always of the same random numbers. Grey: {real} real rows of train."
        ),
        "drawn_means": _(
            "Each drawn row is the mean that the decoder gives, so that columns vary less than real ones."
        ),
    }
